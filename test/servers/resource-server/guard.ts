import type { TokenFacts } from "../authorization-server.ts";
import { json, redirect, text, type Asked, type Reply } from "../listener.ts";
import { proofAlgorithms } from "../dpop.ts";
import { metadataUrl, resourceValue } from "./metadata.ts";
import type { ResourceServerState } from "./state.ts";
import type { RpcMessage } from "./protocol.ts";

export type GuardVerdict =
  | { readonly pass: true; readonly who: TokenFacts | undefined; readonly toolError?: string }
  | { readonly pass: false; readonly reply: Reply };

/** May this request in? `message` is undefined for a GET or a DELETE. */
export async function checkGuard(state: ResourceServerState, asked: Asked, message: RpcMessage | undefined): Promise<GuardVerdict> {
  const { toggles } = state;
  const [, scheme, bearer] = /^(bearer|dpop)\s+(.+)$/i.exec(asked.headers["authorization"] ?? "") ?? [];
  const tool = message?.method === "tools/call" ? String(message.params?.["name"]) : undefined;
  if (toggles.guard === "open") return { pass: true, who: undefined };
  if (toggles.guard === "api-key" || toggles.guard === "static-bearer") {
    const good = toggles.guard === "api-key" ? asked.headers[toggles.apiKey.name.toLowerCase()] === toggles.apiKey.value : bearer === toggles.staticBearer;
    return good ? { pass: true, who: undefined } : challenged(state, tool, bearer !== undefined);
  }
  if (bearer === undefined) {
    const open = toggles.guard === "closed-calls" && tool === undefined;
    return open ? { pass: true, who: undefined } : challenged(state, tool, false);
  }
  const who = await findHolder(state, bearer);
  if (who === undefined) return refused(state, tool);
  const fault = await proofFault(state, asked, { scheme: String(scheme), token: bearer, jkt: who.jkt });
  if (fault !== undefined) return { pass: false, reply: unproven(state, fault) };
  const missing = missingScope(state, who, tool);
  return missing === undefined ? { pass: true, who } : { pass: false, reply: insufficient(state, tool, missing) };
}

async function findHolder(state: ResourceServerState, bearer: string): Promise<TokenFacts | undefined> {
  const { toggles } = state;
  const verdict = await toggles.validate(bearer);
  if (!verdict.ok || !toggles.acceptsTokens) return undefined;
  if (!toggles.acceptsDocumentClients && /^https?:/.test(verdict.token.clientId)) return undefined;
  if (toggles.audience !== undefined && verdict.token.audience !== toggles.audience) return undefined;
  if (toggles.checksResource && verdict.token.resource !== resourceValue(state)) return undefined;
  return verdict.token;
}

/** RFC 9449 §7.1: why the request does not prove that it holds the key, or undefined. */
async function proofFault(
  { origin, toggles, proofs }: ResourceServerState,
  asked: Asked,
  shown: { readonly scheme: string; readonly token: string; readonly jkt: string | undefined },
): Promise<"use_dpop_nonce" | "invalid_dpop_proof" | "invalid_token" | undefined> {
  const bound = shown.scheme.toLowerCase() === "dpop";
  if (toggles.dpop === "off") return bound ? "invalid_token" : undefined;
  if (!bound) return toggles.dpop === "required" || shown.jkt !== undefined ? "invalid_token" : undefined;
  const verdict = await proofs.check(asked, { url: origin + asked.path, accessToken: shown.token, nonce: toggles.dpopNonce, skewSeconds: 60 });
  if (verdict === undefined) return "invalid_dpop_proof";
  if (!verdict.ok) return verdict.error;
  return verdict.jkt === shown.jkt ? undefined : "invalid_token";
}

function unproven(state: ResourceServerState, error: string): Reply {
  const nonce = state.toggles.dpopNonce === "off" ? {} : { "dpop-nonce": state.proofs.nonce() };
  return text(401, "Unauthorized", { "www-authenticate": `DPoP error="${error}", algs="${proofAlgorithms.join(" ")}"`, ...nonce });
}

function refused(state: ResourceServerState, tool: string | undefined): GuardVerdict {
  const kind = state.toggles.refusedToken;
  if (kind === 401) return challenged(state, tool, true);
  if (kind === "anonymous") return { pass: true, who: undefined };
  if (kind === "tool-error") return { pass: true, who: undefined, toolError: "Unauthorized: the access token has expired" };
  if (kind === "login-redirect") return { pass: false, reply: redirect(`${state.origin}/login`, 307) };
  const body = { 400: { error: "invalid_token" }, 403: { error: "invalid_token", message: "token expired" }, 500: { message: "Internal Server Error" } };
  return { pass: false, reply: json(kind, body[kind]) };
}

function challenged(state: ResourceServerState, tool: string | undefined, hadToken: boolean): GuardVerdict {
  const header = challengeHeader(state, tool, hadToken);
  const reply = text(401, "Unauthorized", header === undefined ? {} : { "www-authenticate": header });
  return { pass: false, reply };
}

function challengeHeader(state: ResourceServerState, tool: string | undefined, hadToken: boolean): string | undefined {
  const { challenge, challengeScope } = state.toggles;
  if (typeof challenge === "object") return challenge.raw;
  const parts = [`resource_metadata="${metadataUrl(state, tool)}"`];
  if (hadToken) parts.unshift('error="invalid_token"');
  if (challengeScope !== undefined) parts.push(`scope="${challengeScope}"`);
  const bound = `DPoP ${parts.join(", ")}, algs="${proofAlgorithms.join(" ")}"`;
  return {
    full: { off: `Bearer ${parts.join(", ")}`, accepted: `Bearer ${parts.join(", ")}, ${bound}`, required: bound }[state.toggles.dpop],
    "no-metadata": 'Bearer realm="mcp"',
    bare: undefined,
    negotiate: "Negotiate",
    "basic-and-bearer": `Basic realm="x", Bearer ${parts.join(", ")}`,
    "invalid-token": 'Bearer error="invalid_token"',
  }[challenge];
}

function missingScope({ toggles }: ResourceServerState, who: TokenFacts, tool: string | undefined): string | undefined {
  const needed = [toggles.toolScopes["*"], tool === undefined ? undefined : toggles.toolScopes[tool]]
    .flatMap((scope) => (scope ?? "").split(" "))
    .filter((scope) => scope !== "");
  const missing = toggles.neverSatisfied ? needed : needed.filter((scope) => !who.scopes.includes(scope));
  return missing.length === 0 ? undefined : missing.join(" ");
}

function insufficient(state: ResourceServerState, tool: string | undefined, missing: string): Reply {
  const header = `Bearer error="insufficient_scope", scope="${missing}", resource_metadata="${metadataUrl(state, tool)}", error_description="needs scope=${missing}"`;
  return json(403, { error: "insufficient_scope" }, { "www-authenticate": header });
}
