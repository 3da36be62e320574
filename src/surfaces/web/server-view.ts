import { doctorPart } from "./doctor-part.ts";
import { make, quoted, replaceContent } from "./element.ts";
import { icon } from "./icons.ts";
import { actionsOf, errorBox, overviewPart } from "./overview-part.ts";
import type { Page, View } from "./page.ts";
import { spinner, statusPill, toldBox } from "./parts.ts";
import { hrefOf, type Route } from "./route.ts";
import { signInPanel } from "./sign-in-panel.ts";
import { toolsPart } from "./tools-part.ts";

type ServerRoute = Extract<Route, { view: "server" }>;

/** A part of the page that is made anew when, and only when, what it shows has changed. */
export function renewed(element: HTMLElement, facts: () => unknown, content: () => readonly (HTMLElement | undefined)[], fallback?: HTMLElement): () => void {
  let shown: string | undefined;
  return () => {
    const now = JSON.stringify(facts()) ?? "";
    if (now === shown) return;
    shown = now;
    replaceContent(element, content(), fallback);
  };
}

export function serverView(page: Page, { server: name, part }: ServerRoute): View {
  const { store } = page;
  const known = (): (ReturnType<typeof store.servers.get>) => store.servers.get(name);
  const heading = make("h1", { tabindex: -1, dir: "auto" }, name);
  const head = make("div", { class: "head-status" });
  const [said, trouble] = [make("div", {}), make("div", {})];
  const signInPlace = make("div", {});
  const body = make("div", { class: "part" });
  const inner = part === "tools" ? toolsPart(page, name) : part === "doctor" ? doctorPart(page, name) : undefined;
  if (inner !== undefined) body.append(inner.element);
  const parts = [
    renewed(head, () => [known(), store.busyWith(name), store.signInOf(name)], () => headOf(page, name), heading),
    renewed(said, () => [store.noticeOf(name), store.busyWith(name)], () => saidOf(page, name), heading),
    renewed(trouble, () => [known()?.status, known()?.error, known()?.next, store.signInOf(name)], () => troubleOf(page, name, part), heading),
    renewed(signInPlace, () => store.signInOf(name), () => { const address = store.signInOf(name); return [address === undefined ? undefined : signInPanel(page, name, address)]; }, heading),
    ...(inner === undefined ? [renewed(body, () => [known(), store.loaded], () => bodyOf(page, name), heading)] : [inner.update]),
  ];
  return {
    title: name,
    heading,
    element: make("div", { class: "view" }, backLink(), make("div", { class: "head" }, heading, head), partLinks(name, part), said, trouble, signInPlace, body),
    update: () => { for (const update of parts) update(); },
    ...(inner?.close === undefined ? {} : { close: inner.close }),
  };
}

export function backLink(): HTMLElement {
  return make("a", { class: "back only-narrow", href: hrefOf({ view: "home" }) }, icon("back"), "All servers");
}

function headOf(page: Page, name: string): readonly (HTMLElement | undefined)[] {
  const server = page.store.servers.get(name);
  if (server === undefined) return [];
  const where = server.url ?? server.command?.join(" ");
  return [statusPill(server), where === undefined ? undefined : make("p", { class: "where" }, quoted(where)), actionsOf(page, server)];
}

/** What is under way, or came of what a person did. */
function saidOf({ store }: Page, name: string): readonly (HTMLElement | undefined)[] {
  const [notice, doing] = [store.noticeOf(name), store.busyWith(name)];
  return [doing === undefined ? undefined : spinner(doing), notice === undefined ? undefined : toldBox(notice.tone, notice.said, notice.hint)];
}

/** The doctor has better words for it, and a sign-in that goes on makes the need of one old news. */
function troubleOf(page: Page, name: string, part: ServerRoute["part"]): readonly (HTMLElement | undefined)[] {
  const server = page.store.servers.get(name);
  const isOldNews = server?.status === "needs_auth" && page.store.signInOf(name) !== undefined;
  return [server === undefined || part === "doctor" || isOldNews ? undefined : errorBox(page, server)];
}

function bodyOf(page: Page, name: string): readonly HTMLElement[] {
  const server = page.store.servers.get(name);
  if (server !== undefined) return overviewPart(page, server);
  return [page.store.loaded ? make("p", {}, "There is no server of this name here (any more).") : spinner("Asking mcpass…")];
}

function partLinks(server: string, current: ServerRoute["part"]): HTMLElement {
  const link = (part: ServerRoute["part"], words: string): HTMLElement => make("a", { href: hrefOf({ view: "server", server, part }), ...(part === current ? { "aria-current": "page" } : {}) }, words);
  return make("nav", { class: "parts", "aria-label": "About this server" }, link("overview", "Overview"), link("tools", "Tools"), link("doctor", "Doctor"));
}
