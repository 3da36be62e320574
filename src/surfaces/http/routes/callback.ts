import { sendPage } from "../../../access/callback-page.ts";
import { findMcpassError } from "../../../base/errors.ts";
import type { Api } from "../api.ts";
import { Refusal } from "../refusal.ts";
import type { Route } from "../route.ts";

/** Where browsers come back to, of a server that others reach. It needs no credential: only a `state` that is waited for does anything. H05 */
export function callbackRoute({ manager, publicCallback }: Api): Route {
  return {
    method: "get",
    path: "/mcp/oauth/callback",
    operationId: "mcp.oauth.callback",
    summary: "Where browsers come back to",
    description: "With --public-url only; elsewhere they come back to a listener of their own.",
    isPublic: true,
    refusals: [404],
    otherAnswers: { 200: { description: "How the sign-in ended, as a page", contentType: "text/html" }, 400: { description: "It failed, or none was waiting", contentType: "text/html" } },
    handle: async ({ query, outgoing }) => {
      if (publicCallback === undefined) throw new Refusal(404, "not_found", "There is nothing here.");
      try {
        const { server } = await manager.completeCallback(`${publicCallback}?${query.toString()}`);
        sendPage(outgoing, "signed-in", { server });
      } catch (thrown) {
        const { code = "internal", details = {} } = findMcpassError(thrown) ?? {};
        const server = typeof details["server"] === "string" ? details["server"] : undefined;
        sendPage(outgoing, code === "callback_invalid" ? "unknown" : code === "authorization_expired" ? "expired" : "failed", { ...(server === undefined ? {} : { server }), code });
      }
      return { kind: "sent" };
    },
  };
}
