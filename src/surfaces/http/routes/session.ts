import { sessionLink, signedOut } from "../answer-schemas.ts";
import type { Api } from "../api.ts";
import { hintPage } from "../pages.ts";
import { jsonRoute, type Route } from "../route.ts";

/** How a browser comes by its cookie. */
export function sessionRoutes({ sessions, origin }: Api): readonly Route[] {
  return [
    jsonRoute({
      method: "post",
      path: "/session",
      operationId: "session.create",
      summary: "Get a link to the web page",
      refusals: [],
      answer: { description: "A link that signs a browser in, once", schema: sessionLink },
      handle: async () => {
        const { ticket, expiresAt } = sessions.issueTicket();
        return { url: `${origin()}/session?ticket=${ticket}`, expiresAt };
      },
    }),
    {
      method: "get",
      path: "/session",
      operationId: "session.open",
      summary: "Open the web page",
      description: "Sets the cookie of the web page and leads to it. A ticket is good once, for five minutes.",
      query: { ticket: "Of a link." },
      isPublic: true,
      refusals: [],
      otherAnswers: { 303: { description: "To the web page", contentType: "text/plain" }, 403: { description: "A page that says how to get another link", contentType: "text/html" } },
      handle: async ({ query }) => {
        const cookie = sessions.redeem(query.get("ticket") ?? "");
        return cookie === undefined ? hintPage(403, "This link was used already, or is too old.") : { kind: "redirect", to: "/", headers: { "set-cookie": cookie } };
      },
    },
    {
      method: "delete",
      path: "/session",
      operationId: "session.remove",
      summary: "End the browser's session",
      refusals: [],
      answer: { description: "The cookie is taken back", schema: signedOut },
      handle: async () => ({ kind: "cookie", value: { success: true }, headers: { "set-cookie": sessions.farewell } }),
    },
  ];
}
