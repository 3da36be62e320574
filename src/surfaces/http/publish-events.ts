import type { McpassEvent } from "../../base/events.ts";
import type { Manager } from "../../connection/manager.ts";
import type { EventHub } from "./event-hub.ts";

/** The manager's events as OpenCode's clients read them, and three that it has no word for. Returns what ends it. */
export function publishEvents(manager: Pick<Manager, "events" | "status">, hub: EventHub): () => void {
  const shown = new Map<string, string>();
  const addresses = new Map<string, string>();
  const listener = (event: McpassEvent): void => {
    const { server } = event;
    if (event.type === "server.status") return statusChanged(manager, hub, shown, server);
    if (event.type === "catalog.changed") return hub.publish("mcp.tools.changed", { server });
    if (event.type === "authorization.begun") {
      addresses.set(server, event.url);
      return hub.publish("mcp.auth.started", { server, authorizationUrl: event.url, expiresAt: event.expiresAt });
    }
    if (event.type === "authorization.ended") {
      addresses.delete(server);
      return hub.publish(event.outcome === "completed" ? "mcp.auth.finished" : "mcp.auth.failed", { server, outcome: event.outcome });
    }
    if (event.type === "browser.failed") hub.publish("mcp.browser.open.failed", { mcpName: server, url: addresses.get(server) ?? "" });
    return undefined;
  };
  return manager.events.subscribe(listener);
}

/** One event for each change of what is shown; a server that connects may have other tools than before. X06, X07 */
function statusChanged(manager: Pick<Manager, "status">, hub: EventHub, shown: Map<string, string>, server: string): void {
  const status = manager.status()[server];
  const text = JSON.stringify(status);
  if (status === undefined || shown.get(server) === text) return;
  shown.set(server, text);
  hub.publish("mcp.status.changed", { server, status });
  if (status.status === "connected") hub.publish("mcp.tools.changed", { server });
}
