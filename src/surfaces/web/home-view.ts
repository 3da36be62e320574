import { connect, signIn } from "./actions.ts";
import type { ServerDetail, StatusWord } from "./api-types.ts";
import { button, make } from "./element.ts";
import { icon } from "./icons.ts";
import type { Page, View } from "./page.ts";
import { spinner, statusPill, toldBox } from "./parts.ts";
import { hrefOf } from "./route.ts";
import { renewed } from "./server-view.ts";
import { count, lookOfWord } from "./words.ts";

/** Where one starts: how many are well, which need somebody, and what has just happened. */
export function homeView(page: Page): View {
  const { store } = page;
  const heading = make("h1", { tabindex: -1 }, "Your servers");
  const summary = make("div", { class: "summary" });
  const needs = make("div", {});
  const all = (): readonly ServerDetail[] => [...store.servers.values()];
  const parts = [
    renewed(summary, () => [all().map(({ status }) => status), store.loaded, store.failure?.message], () => summaryOf(page, all())),
    renewed(needs, () => [all().filter(isInNeed), all().filter(isInNeed).map(({ name }) => [store.busyWith(name), store.noticeOf(name)])], () => needsOf(page, all().filter(isInNeed)), heading),
  ];
  return { title: "Servers", heading, element: make("div", { class: "view" }, heading, summary, needs), update: () => { for (const update of parts) update(); } };
}

const inNeed: readonly StatusWord[] = ["needs_auth", "needs_client_registration", "failed"];

function isInNeed({ status }: ServerDetail): boolean {
  return inNeed.includes(status);
}

function summaryOf({ store }: Page, servers: readonly ServerDetail[]): readonly HTMLElement[] {
  if (!store.loaded) return [spinner("Asking mcpass…")];
  if (store.failure !== undefined && servers.length === 0) return [toldBox("bad", store.failure.message, store.failure.hint)];
  if (servers.length === 0) return [make("div", { class: "panel empty" }, make("p", {}, "No MCP servers are configured yet."), make("div", { class: "actions" }, make("a", { class: "button primary", href: hrefOf({ view: "add" }) }, icon("plus"), "Add a server")))];
  const order: readonly StatusWord[] = ["connected", "needs_auth", "needs_client_registration", "failed", "disabled"];
  const counted = order.map((status) => [status, servers.filter((server) => server.status === status).length] as const).filter(([, number]) => number > 0);
  return [make("ul", { class: "counts" }, ...counted.map(([status, number]) => countEntry(status, number)))];
}

function countEntry(status: StatusWord, number: number): HTMLElement {
  const { words, tone, icon: sign } = lookOfWord(status);
  return make("li", { class: tone }, icon(sign), make("strong", {}, String(number)), make("span", {}, words.toLowerCase()));
}

function needsOf(page: Page, servers: readonly ServerDetail[]): readonly (HTMLElement | undefined)[] {
  if (servers.length === 0) return [];
  return [make("section", { class: "panel needs", "aria-label": "Servers that need you" }, make("h2", {}, `${count(servers.length, "server needs", "servers need")} you`), make("ul", { class: "rows" }, ...servers.map((server) => needEntry(page, server))))];
}

function needEntry(page: Page, server: ServerDetail): HTMLElement {
  const { name, status, error } = server;
  const notice = page.store.noticeOf(name);
  const isBusy = page.store.busyWith(name) !== undefined;
  const act = (): void => {
    // The panel with the address stands at the server.
    if (status === "needs_auth") page.go({ view: "server", server: name, part: "overview" });
    void (status === "needs_auth" ? signIn(page, name) : connect(page, name));
  };
  const words = status === "needs_auth" ? "Sign in" : "Try again";
  return make(
    "li",
    {},
    make("div", { class: "who" }, make("a", { class: "name", dir: "auto", href: hrefOf({ view: "server", server: name, part: "overview" }), "data-key": `go-${name}` }, name), statusPill(server), error === undefined || error === null || status === "needs_auth" ? undefined : make("p", { class: "said quiet", dir: "auto" }, error.error), notice?.tone === "bad" ? make("p", { class: "problem", dir: "auto" }, notice.said) : undefined),
    button([words, make("span", { class: "unseen" }, ` ${name}`)], act, { class: status === "needs_auth" ? "primary" : "", "data-key": `act-${name}`, "aria-disabled": isBusy ? "true" : undefined }),
  );
}
