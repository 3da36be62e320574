import { McpassError } from "../../../base/errors.ts";
import { shownAddress } from "../../../base/redact.ts";
import type { Infer } from "../../../config/schema.ts";
import type { AuthAnswer, Manager, PublicStatus, ServerSnapshot } from "../../../connection/manager.ts";
import { callbackBody, cancelBody, mcpStatus, signedOut, startBody, startedAuth } from "../answer-schemas.ts";
import type { Api } from "../api.ts";
import { BadPayload, Refusal } from "../refusal.ts";
import { type Asked, jsonRoute, type Route } from "../route.ts";

/** Longer than this, and Node's fetch on the other side gives up first. */
const patienceMs = 290_000;

export function signInRoutes(api: Api): readonly Route[] {
  const { manager } = api;
  return [
    jsonRoute({
      method: "post",
      path: "/mcp/{name}/auth",
      operationId: "mcp.auth.start",
      summary: "Start MCP OAuth",
      description: "Begins a sign-in. Whoever opens the address finishes it, because its callback is served; or give what came back to `mcp.auth.callback`. While one is under way, its address is given again.",
      body: { schema: startBody, required: false },
      refusals: [400, 404, 502, 503, 504],
      conflictIs: 400,
      answer: { description: "OAuth flow started", schema: startedAuth },
      handle: ({ name, body }) => signIn(manager, name, async () => {
          const { notice, ...started } = await manager.startAuth(name, body);
          return { ...started, ...(notice === undefined ? {} : { notice: { ...notice, serverUrl: shownAddress(notice.serverUrl) } }) };
        }),
    }),
    jsonRoute({
      method: "post",
      path: "/mcp/{name}/auth/callback",
      operationId: "mcp.auth.callback",
      summary: "Complete MCP OAuth",
      description: "Finishes a sign-in with what the browser came back with: the whole redirect `url`, or its `code` with `state` and `iss`.",
      body: { schema: callbackBody },
      refusals: [400, 404, 502, 503, 504],
      conflictIs: 400,
      answer: { description: "OAuth authentication completed", schema: mcpStatus },
      handle: ({ name, body }) =>
        signIn(manager, name, async () => {
          await manager.finishAuth(name, toAnswer(body));
          return statusOf(manager, name);
        }),
    }),
    attended(api),
    cancellation(manager),
    removal(api),
  ];
}

function attended({ manager, ending }: Api): Route {
  return jsonRoute({
    method: "post",
    path: "/mcp/{name}/auth/authenticate",
    operationId: "mcp.auth.authenticate",
    summary: "Authenticate MCP OAuth",
    description: "Starts a sign-in, opens the browser of the machine that this server runs on, and answers when it is over, after 290 seconds at the latest. It goes on when the caller hangs up.",
    body: { schema: startBody, required: false },
    refusals: [400, 404, 502, 503, 504],
    conflictIs: 400,
    answer: { description: "OAuth authentication completed", schema: mcpStatus },
    handle: ({ name, body }) =>
      signIn(manager, name, async () => {
        await manager.authenticate(name, { ...body, timeoutMs: patienceMs, signal: ending });
        return statusOf(manager, name);
      }),
  });
}

function cancellation(manager: Manager): Route {
  return jsonRoute({
    method: "post",
    path: "/mcp/{name}/auth/cancel",
    operationId: "mcp.auth.cancel",
    summary: "Cancel a sign-in that waits",
    description: "Whoever waits for it is told; its address can no longer finish it. Without one that waits nothing happens.",
    body: { schema: cancelBody, required: false },
    refusals: [404],
    answer: { description: "None waits any more", schema: signedOut },
    handle: async ({ name, body }) => {
      await manager.cancelAuth(name, body);
      return { success: true as const };
    },
  });
}

function removal({ manager }: Api): Route {
  return jsonRoute({
    method: "delete",
    path: "/mcp/{name}/auth",
    operationId: "mcp.auth.remove",
    summary: "Remove MCP OAuth",
    description: "Signs out: ends the live session, revokes at the issuer where that is offered, and forgets.",
    query: { account: "Of this account; default: the one that is used.", keepRemote: "`true`: nothing is revoked." },
    refusals: [404, 503],
    answer: { description: "OAuth credentials removed", schema: signedOut },
    handle: async ({ name, query }: Asked) => {
      // There is nothing to sign out of: that is success.
      if (manager.snapshot(name).type === "remote") await manager.removeAuth(name, { account: query.get("account") ?? undefined, keepRemote: query.get("keepRemote") === "true" });
      return { success: true as const };
    },
  });
}

async function signIn<T>(manager: Manager, name: string, work: () => Promise<T>): Promise<T> {
  requireOAuth(manager.snapshot(name));
  try {
    return await work();
  } catch (thrown) {
    throw asRefusal(thrown, name);
  }
}

function statusOf(manager: Manager, name: string): PublicStatus {
  return manager.status()[name] ?? { status: "disabled" };
}

function requireOAuth({ name, type }: ServerSnapshot): void {
  if (type === "local") throw noOAuth(name, "A local server has no sign-in; give it what it needs in `environment`.");
}

function noOAuth(name: string, hint: string | undefined): Refusal {
  return new Refusal(400, "oauth_unsupported", `MCP server ${name} does not support OAuth`, { hint });
}

/** An entry with `oauth: false`, in OpenCode's words. */
function asRefusal(thrown: unknown, name: string): unknown {
  return thrown instanceof McpassError && thrown.code === "oauth_unsupported" ? noOAuth(name, thrown.hint ?? thrown.message) : thrown;
}

function toAnswer({ url, code, state, iss, error, error_description }: Infer<typeof callbackBody>): AuthAnswer {
  if (url !== undefined) return { url };
  if (code !== undefined) return { code, state, iss };
  if (error === undefined || state === undefined) throw new BadPayload(`Missing key\n  at ["code"]`);
  const query = new URLSearchParams({ error, state, ...(iss === undefined ? {} : { iss }), ...(error_description === undefined ? {} : { error_description }) });
  return { url: `?${query.toString()}` };
}
