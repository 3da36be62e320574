import type { ServerDetail } from "./api-types.ts";
import { make, replaceContent } from "./element.ts";
import { icon } from "./icons.ts";
import type { Store } from "./store.ts";
import { hrefOf } from "./route.ts";
import { lookOf } from "./words.ts";

/** More than this many are worth a field to find one. */
const manyServers = 8;

/** All servers, each with its status in words; where a person chooses one. */
export function serversList(store: Store, element: HTMLElement): { update(current: string | undefined): void } {
  let shown = "";
  let current: string | undefined;
  const list = make("ul", { class: "servers" });
  const find = make("input", { type: "search", placeholder: "Find a server", "aria-label": "Find a server", autocomplete: "off", spellcheck: "false", on: { input: () => update(current) } });
  const none = make("p", { class: "quiet none", hidden: true });
  element.append(find, list, none);
  const update = (chosen: string | undefined): void => {
    current = chosen;
    const wanted = find.value.trim().toLowerCase();
    const servers = [...store.servers.values()].filter(({ name }) => name.toLowerCase().includes(wanted));
    const now = JSON.stringify([chosen, servers.map((server) => [server.name, lookOf(server)]), store.loaded]);
    if (now === shown) return;
    shown = now;
    find.hidden = store.servers.size <= manyServers;
    replaceContent(list, servers.map((server) => entry(server, server.name === chosen)));
    none.hidden = servers.length > 0 || !store.loaded;
    none.textContent = store.servers.size === 0 ? "No servers yet." : "No server has that in its name.";
  };
  return { update };
}

function entry(server: ServerDetail, isCurrent: boolean): HTMLElement {
  const { words, tone, icon: sign } = lookOf(server);
  return make(
    "li",
    {},
    make(
      "a",
      { href: hrefOf({ view: "server", server: server.name, part: "overview" }), "data-key": server.name, ...(isCurrent ? { "aria-current": "page" } : {}) },
      make("span", { class: `sign ${tone}` }, icon(sign)),
      make("span", { class: "who" }, make("span", { class: "name", dir: "auto" }, server.name), make("span", { class: `words ${tone}` }, words)),
      icon("next"),
    ),
  );
}
