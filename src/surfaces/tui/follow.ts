import type { McpassEvent } from "../../base/events.ts";
import type { Actions } from "./actions.ts";
import { plain } from "./plain.ts";
import type { ScreenManager } from "./screen-types.ts";
import type { Store } from "./store.ts";

/** Keeps the store as true as the manager is, until the returned function is called. */
export function follow(manager: Pick<ScreenManager, "subscribe" | "list">, store: Store, actions: Pick<Actions, "loadGrant" | "loadCatalog">): () => void {
  const before = new Map(manager.list().map(({ name, status }) => [name, status as string]));
  const hear = (event: McpassEvent): void => {
    store.note(event);
    const { server } = event;
    if (event.type === "server.status") {
      const was = before.get(server);
      before.set(server, event.status);
      if (event.status === "needs_auth" && was !== "needs_auth" && !store.get().signIns.has(server)) store.toast("warn", `${plain(server, 60)} needs a sign-in: select it and press a`);
    }
    if ("error" in event && event.error !== undefined) store.noteError(server, event.error, event.at, manager.list().find(({ name, error }) => name === server && error?.message === event.error?.message)?.hint);
    if (event.type === "browser.failed") store.toast("warn", `The browser did not open (${plain(event.reason, 100)}); open the address yourself`);
    if (event.type === "grant.unsaved") store.toast("bad", plain(event.error.message, 200));
    if (event.type === "identity.changed") store.toast("warn", `${plain(server, 60)}: the account ${plain(event.account, 60)} was ${plain(event.before, 80)} and is ${plain(event.now, 80)} now`);
    if (event.type.startsWith("grant.") && store.get().grants.has(server)) void actions.loadGrant(server);
    if (event.type === "catalog.changed" && store.get().catalogs.has(server)) void actions.loadCatalog(server);
  };
  return manager.subscribe(hear);
}
