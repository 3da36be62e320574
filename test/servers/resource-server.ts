import { answer, next } from "./answers.ts";
import type { AuthorizationServer } from "./authorization-server.ts";
import { createProofDesk } from "./dpop.ts";
import type { Ledger } from "./ledger.ts";
import { html, json, listen, redirect, text, type Asked, type Listening, type Reply, type ServerTls } from "./listener.ts";
import { checkGuard } from "./resource-server/guard.ts";
import { answerLegacyOther, answerLegacyPost, rpcError } from "./resource-server/legacy-wire.ts";
import { answerMetadata } from "./resource-server/metadata.ts";
import { answerModernPost, isModern } from "./resource-server/modern-wire.ts";
import type { RpcMessage } from "./resource-server/protocol.ts";
import { answerSsePost, messagesPath, openStream } from "./resource-server/sse-wire.ts";
import type { ResourceServerState } from "./resource-server/state.ts";
import { defaultToggles, type ResourceServerToggles } from "./resource-server/toggles.ts";

export type { ResourceServerToggles, ServedTool } from "./resource-server/toggles.ts";

export interface ResourceServer extends Listening {
  /** The MCP endpoint. */
  readonly url: string;
  readonly toggles: ResourceServerToggles;
  /** Every session id is unknown from now on. */
  forgetSessions(): void;
  /** The DPoP nonce that was good is so no longer. */
  retireNonce(): void;
}

export interface ResourceServerOptions extends Partial<ResourceServerToggles> {
  /** The name in the ledger; "resource" unless given. */
  readonly party?: string;
  /** Validates tokens and is named in the metadata; the guard is then "bearer" unless given. */
  readonly trusts?: Pick<AuthorizationServer, "issuer" | "validate"> | { readonly issuer: string; readonly validate: ResourceServerToggles["validate"] };
  /** This host serves that server's endpoints itself (2025-03-26): its issuer and endpoints become this origin. */
  readonly hosts?: AuthorizationServer;
  readonly tls?: ServerTls;
  /** How long an idle connection stays open; 1 s unless given, with which clients that leave a margin use none twice. */
  readonly keepAliveMs?: number;
  /** The origin it is known by when that is not the one it listens on: a name that a proxy's route leads here. */
  readonly publicOrigin?: string;
}

/** An MCP server whose every habit is a toggle. */
export async function startResourceServer(ledger: Ledger, options: ResourceServerOptions = {}): Promise<ResourceServer> {
  const { party = "resource", trusts, hosts, tls, keepAliveMs, publicOrigin, ...given } = options;
  const authority = trusts ?? hosts;
  const toggles: ResourceServerToggles = { ...defaultToggles(), ...(authority === undefined ? {} : { guard: "bearer", validate: (token) => authority.validate(token) }), ...given };
  const state: { -readonly [K in keyof ResourceServerState]: ResourceServerState[K] } = {
    origin: "",
    toggles,
    sessions: new Map(),
    streams: new Map(),
    proofs: createProofDesk(),
    defaultAuthorizationServers: () => (authority === undefined ? [] : [authority.issuer]),
  };
  const listening = await listen(ledger, party, (asked) => route(state, hosts, asked), { tls, keepAliveMs });
  state.origin = publicOrigin ?? listening.origin;
  if (hosts !== undefined) Object.assign(hosts.toggles, { issuer: listening.origin, endpointOrigin: listening.origin });
  return {
    ...listening,
    toggles,
    get url() {
      return state.origin + toggles.path;
    },
    forgetSessions: () => state.sessions.clear(),
    retireNonce: state.proofs.retireNonce,
  };
}

async function route(state: ResourceServerState, hosts: AuthorizationServer | undefined, asked: Asked): Promise<Reply> {
  const { toggles } = state;
  const { path } = asked;
  if (toggles.hang) return { status: 0, hang: true };
  if (toggles.redirect !== undefined && path === toggles.redirect.from) return redirect(toggles.redirect.to, toggles.redirect.status);
  const { requiredHeader } = toggles;
  if (requiredHeader !== undefined && asked.headers[requiredHeader.name.toLowerCase()] !== requiredHeader.value) return text(requiredHeader.status ?? 404, "404 page not found");
  if (path === toggles.path || (toggles.wire === "sse" && path === messagesPath)) return { delayMs: toggles.delayMs, ...withNonce(state, await answerEndpoint(state, asked)) };
  if (hosts !== undefined && /^\/(authorize|token|register|revoke|\.well-known\/(oauth-authorization-server|openid-configuration).*)$/.test(path)) return hosts.handle(asked);
  return answerMetadata(state, path) ?? (toggles.catchAll === "html" || path === "/login" ? html(200, "<div id=app></div>") : text(404, "404 page not found"));
}

async function answerEndpoint(state: ResourceServerState, asked: Asked): Promise<Reply> {
  const { toggles } = state;
  if (toggles.endpointAnswer !== undefined) return answer(next(toggles.endpointAnswer), {});
  const message = parse(asked);
  if (asked.method === "POST" && message === undefined) return json(400, rpcError(null, -32700, "Parse error"));
  if (asked.method === "POST" && toggles.wire === "sse" && asked.path !== messagesPath) return text(toggles.ssePostStatus, "Method Not Allowed");
  if (asked.method === "GET" && toggles.wire !== "sse" && toggles.getAnswer === "405") return text(405, "Method Not Allowed");
  const guard = await checkGuard(state, asked, message);
  if (!guard.pass) return guard.reply;
  if (message === undefined) {
    if (toggles.wire === "sse") return openStream(state);
    return toggles.wire === "modern" ? text(405, "Method Not Allowed") : answerLegacyOther(state, asked);
  }
  if (toggles.wire === "sse") return answerSsePost(state, asked, message, guard);
  const modern = toggles.wire === "modern" || (toggles.wire === "both" && isModern(message));
  return modern ? answerModernPost(state, asked, message, guard) : answerLegacyPost(state, asked, message, guard);
}

/** RFC 9449 §8.2: the next nonce comes with every answer. */
function withNonce({ toggles, proofs }: ResourceServerState, reply: Reply): Reply {
  return toggles.dpop === "off" || toggles.dpopNonce === "off" ? reply : { ...reply, headers: { ...reply.headers, "dpop-nonce": proofs.nonce() } };
}

function parse(asked: Asked): RpcMessage | undefined {
  if (asked.method !== "POST") return undefined;
  try {
    const value: unknown = JSON.parse(asked.body);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as RpcMessage) : undefined;
  } catch {
    return undefined;
  }
}
