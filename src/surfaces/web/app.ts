import { addView } from "./add-view.ts";
import { createApi } from "./api.ts";
import { make, replaceContent } from "./element.ts";
import { describeHappening, liveFeed } from "./feed.ts";
import { homeView } from "./home-view.ts";
import { icon, mark } from "./icons.ts";
import { followEvents, type Live } from "./live.ts";
import type { Page, View } from "./page.ts";
import { noticeBox } from "./parts.ts";
import { hrefOf, readRoute, type Route, sameRoute } from "./route.ts";
import { renewed, serverView } from "./server-view.ts";
import { serversList } from "./servers-list.ts";
import { Store } from "./store.ts";
import { toolView } from "./tool-view.ts";

/** Where index.html has room for us. */
function place(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no #${id}.`);
  return element;
}

function openView(page: Page, route: Route): View {
  switch (route.view) {
    case "home":
      return homeView(page);
    case "add":
      return addView(page);
    case "server":
      return serverView(page, route);
    case "tool":
      return toolView(page, route);
  }
}

function topBar(store: Store, element: HTMLElement): () => void {
  const live = make("span", { class: "live" });
  element.append(
    make("a", { class: "brand", href: hrefOf({ view: "home" }) }, mark(), "mcpass"),
    live,
    make("a", { class: "button", href: hrefOf({ view: "add" }) }, icon("plus"), make("span", {}, "Add a server")),
  );
  const words = { live: "Live", opening: "Connecting…", lost: "Not connected" } as const;
  return renewed(live, () => store.live, () => [make("span", { class: store.live === "live" ? "good" : store.live === "lost" ? "bad" : "quiet" }, icon(store.live === "lost" ? "warn" : "live"), words[store.live])]);
}

function banner(store: Store, element: HTMLElement): () => void {
  return renewed(element, () => [store.sessionEnded, store.live], () => {
    if (store.sessionEnded) return [noticeBox("bad", make("p", { class: "said" }, "This page's session is over."), make("p", {}, "Open the page again with a new link: ", make("code", {}, "mcpass serve --link"), " prints one."))];
    return store.live === "lost" ? [noticeBox("warn", make("p", { class: "said" }, "mcpass serve does not answer."), make("p", {}, "What you see may be old. This page goes on trying."))] : [];
  });
}

/** A browser has few connections for one place: tabs that nobody looks at leave them to the others. */
const hiddenMs = 60_000;

function restWhileHidden(live: Live): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (document.visibilityState === "hidden") timer = setTimeout(() => live.rest(), hiddenMs);
    else live.goOn();
  });
}

function start(): void {
  const api = createApi(() => store.endSession());
  const store = new Store(api);
  const [main, said] = [place("main"), place("said")];
  const page: Page = { api, store, say: (words) => void (said.textContent = said.textContent === words ? `${words}\u{a0}` : words), go: (route) => void (location.hash = hrefOf(route)) };
  const list = serversList(store, place("servers"));
  const updates = [topBar(store, place("top")), banner(store, place("banner")), liveFeed(store, place("live"))];
  let route: Route | undefined;
  let view: View | undefined;
  const update = (): void => {
    for (const each of updates) each();
    list.update(route !== undefined && "server" in route ? route.server : undefined);
    view?.update();
  };
  const follow = (): void => {
    const wanted = readRoute(location.hash);
    if (wanted === undefined || (route !== undefined && sameRoute(wanted, route))) return;
    const isFirst = route === undefined;
    view?.close?.();
    route = wanted;
    store.watch("server" in wanted ? wanted.server : undefined);
    view = openView(page, wanted);
    document.title = `${view.title} · mcpass`;
    document.body.dataset["view"] = wanted.view;
    replaceContent(main, [view.element]);
    update();
    if (!isFirst) view.heading.focus({ preventScroll: true });
    if (!isFirst) scrollTo(0, 0);
  };
  addEventListener("hashchange", follow);
  store.subscribe(update);
  store.onHappening((happening) => page.say(`${happening.server}: ${describeHappening(happening).words}`));
  follow();
  const live = followEvents((event) => store.receive(event), (state) => {
    // The stream does not say why there is none; an answer does.
    if (state === "lost" && store.live !== "lost") void store.refresh();
    store.setLive(state);
  });
  restWhileHidden(live);
}

start();
