import type { Api } from "../api.ts";
import type { Route } from "../route.ts";

export function eventRoute({ events, elicitations }: Api): Route {
  return {
    method: "get",
    path: "/event",
    operationId: "event.subscribe",
    summary: "Get events",
    description:
      "Server-sent events. `server.connected` comes first; `mcp.status.changed {server, status}`, `mcp.tools.changed {server}`, `mcp.auth.started {server, authorizationUrl, expiresAt}`, `mcp.auth.finished` and `mcp.auth.failed {server, outcome}`, `mcp.browser.open.failed {mcpName, url}`, `mcp.elicitation.asked {server, id}` and `mcp.elicitation.settled {server, id}` when they happen, `server.heartbeat` every 15 seconds. With `Last-Event-ID`, what was missed comes first; `server.connected {resumed: false}` says that this was not possible: ask `GET /mcp` then.",
    query: { elicitation: "`true`: a person sits here who answers what servers ask, at `POST /elicitation/{id}`." },
    refusals: [503],
    otherAnswers: { 200: { description: "Event stream", contentType: "text/event-stream" } },
    handle: async ({ incoming, outgoing, query }) => {
      const lastEventId = incoming.headers["last-event-id"];
      events.attach(outgoing, Array.isArray(lastEventId) ? lastEventId[0] : lastEventId);
      if (query.get("elicitation") === "true") elicitations.attend(outgoing);
      return { kind: "sent" };
    },
  };
}
