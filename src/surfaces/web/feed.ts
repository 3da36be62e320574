import { make } from "./element.ts";
import { hrefOf } from "./route.ts";
import { renewed } from "./server-view.ts";
import type { Happening, Store } from "./store.ts";
import { clockTime, lookOfWord } from "./words.ts";

/** What happens to the servers, as it happens; newest first. */
export function liveFeed(store: Store, element: HTMLElement): () => void {
  const list = make("ol", { class: "feed" });
  const nothing = make("p", { class: "quiet" }, "Nothing since this page was opened. What happens to your servers shows here as it happens.");
  element.append(make("h2", { id: "live-heading" }, "Live"), nothing, list);
  const update = renewed(list, () => store.happenings, () => store.happenings.map(feedEntry));
  return () => {
    nothing.hidden = store.happenings.length > 0;
    update();
  };
}

export function describeHappening({ type, status }: Happening): { readonly words: string; readonly tone: string } {
  switch (type) {
    case "mcp.status.changed":
      return status === undefined ? { words: "status changed", tone: "quiet" } : { words: lookOfWord(status).words.toLowerCase(), tone: lookOfWord(status).tone };
    case "mcp.tools.changed":
      return { words: "tools changed", tone: "quiet" };
    case "mcp.auth.started":
      return { words: "sign-in started", tone: "quiet" };
    case "mcp.auth.finished":
      return { words: "signed in", tone: "good" };
    case "mcp.auth.failed":
      return { words: "sign-in did not succeed", tone: "bad" };
    default:
      return { words: type.replace(/^mcp\./, "").replaceAll(".", " "), tone: "quiet" };
  }
}

function feedEntry(happening: Happening): HTMLElement {
  const { words, tone } = describeHappening(happening);
  const at = new Date(happening.at);
  return make("li", {}, make("time", { datetime: at.toISOString() }, clockTime(happening.at)), make("a", { dir: "auto", href: hrefOf({ view: "server", server: happening.server, part: "overview" }) }, happening.server), make("span", { class: `words ${tone}` }, words));
}
