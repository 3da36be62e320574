import { connect, disconnect, remove, signIn, signOut } from "./actions.ts";
import { outsideLink } from "./address.ts";
import type { Account, ServerDetail } from "./api-types.ts";
import { button, make, newId, quoted } from "./element.ts";
import { icon } from "./icons.ts";
import type { Page } from "./page.ts";
import { copyable, facts, noticeBox, toldBox } from "./parts.ts";
import { hrefOf } from "./route.ts";
import { count, describeIdentity, lookOf, relativeTime } from "./words.ts";

/** What can be done about a server now, the likeliest first. */
export function actionsOf(page: Page, server: ServerDetail): HTMLElement {
  const { name, status } = server;
  const isBusy = page.store.busyWith(name) !== undefined || server.connecting === true;
  const act = (words: string, key: string, work: () => Promise<void>, style = ""): HTMLButtonElement => button(words, () => void work(), { class: style, "data-key": key, "aria-disabled": isBusy ? "true" : undefined });
  const signedIn = (server.accounts ?? []).some((account) => account.account === server.account && account.state !== "ended");
  const buttons = [
    ...(status === "needs_auth" ? [act("Sign in", "sign-in", () => signIn(page, name), page.store.signInOf(name) === undefined ? "primary" : "")] : []),
    ...(status === "failed" || status === "needs_client_registration" ? [act("Try again", "connect", () => connect(page, name), status === "failed" ? "primary" : "")] : []),
    ...(status === "disabled" ? [act("Connect", "connect", () => connect(page, name), "primary")] : []),
    ...(status === "connected" ? [act("Disconnect", "disconnect", () => disconnect(page, name))] : []),
    ...(signedIn ? [act("Sign out", "sign-out", () => signOut(page, name, undefined))] : []),
  ];
  return make("div", { class: "actions" }, ...buttons);
}

/** Why a server is as it is, and what to do: the error's own words. */
export function errorBox(page: Page, server: ServerDetail): HTMLElement | undefined {
  const { error, next } = server;
  if (error === undefined || error === null) return undefined;
  const hint = error.hint ?? next ?? undefined;
  return toldBox(
    lookOf(server).tone,
    error.error,
    hint,
    error.redirectUri === undefined ? undefined : make("div", { class: "block" }, make("p", { class: "label" }, "Redirect URI to register"), copyable(error.redirectUri, "the redirect URI", page.say)),
    server.status === "failed" ? make("p", {}, make("a", { href: hrefOf({ view: "server", server: server.name, part: "doctor" }), "data-key": "to-doctor" }, "Ask the doctor why")) : undefined,
  );
}

export function overviewPart(page: Page, server: ServerDetail): readonly HTMLElement[] {
  return [...(server.type === "local" ? [] : [accountsSection(page, server)]), aboutSection(page, server)];
}

function accountsSection(page: Page, server: ServerDetail): HTMLElement {
  const accounts = server.accounts ?? [];
  const list = accounts.length === 0 ? make("p", { class: "quiet" }, server.status === "connected" ? "Nobody is signed in, and nobody has to be." : "Nobody is signed in.") : make("ul", { class: "accounts" }, ...accounts.map((account) => accountEntry(page, server, account)));
  return make("section", { class: "panel", "aria-label": "Accounts" }, make("h2", {}, "Accounts"), list, accounts.length === 0 && server.status === "connected" ? undefined : otherAccount(page, server));
}

function accountEntry(page: Page, server: ServerDetail, account: Account): HTMLElement {
  const who = describeIdentity(account.identity);
  const inUse = account.account === server.account;
  const host = account.issuer === undefined || !URL.canParse(account.issuer) ? account.issuer : new URL(account.issuer).host;
  return make(
    "li",
    {},
    make("div", { class: "account-head" }, make("strong", { dir: "auto" }, who ?? account.account), who === undefined ? undefined : make("span", { class: "quiet", dir: "auto" }, account.account), inUse ? make("span", { class: "tag" }, "in use") : button(["Sign out", make("span", { class: "unseen" }, ` ${account.account}`)], () => void signOut(page, server.name, account.account), { class: "small", "data-key": `sign-out-${account.account}` })),
    facts([
      ["Signed in at", host === undefined ? undefined : quoted(host)],
      ["Scopes", account.scopes === undefined || account.scopes.length === 0 ? undefined : make("span", { class: "scopes" }, ...account.scopes.flatMap((scope) => [quoted(scope), " "]))],
      ["Access", goodFor(account)],
    ]),
    account.error === undefined || account.error === null ? undefined : noticeBox("warn", make("p", { dir: "auto" }, account.error.error)),
  );
}

function goodFor({ state, expiresAt, renewable }: Account): string {
  if (state === "ended" || state === "expired") return "ended: sign in again";
  if (state === "unreadable") return "cannot be read on this machine";
  if (renewable === true) return "renewed automatically";
  return expiresAt === undefined || expiresAt === null ? "until its server ends it" : `ends ${relativeTime(expiresAt, Date.now())}`;
}

function otherAccount(page: Page, server: ServerDetail): HTMLElement {
  const id = newId();
  const input = make("input", { id, type: "text", autocomplete: "off", spellcheck: "false", autocapitalize: "off", class: "short", "data-key": "other-account" });
  const submit = (event: Event): void => {
    event.preventDefault();
    if (input.value.trim() === "") input.focus();
    else void signIn(page, server.name, input.value.trim());
  };
  return make("details", {}, make("summary", { "data-key": "other-account-summary" }, (server.accounts ?? []).length === 0 ? "Sign in under a name of your choice" : "Sign in with another account"), make("form", { class: "line", on: { submit } }, make("div", { class: "field" }, make("label", { for: id }, "A name for it, such as “work”"), input), make("button", { type: "submit", "data-key": "other-account-submit" }, "Sign in")));
}

function aboutSection(page: Page, server: ServerDetail): HTMLElement {
  const { url, command, tools, protocolVersion, source, name } = server;
  const file = source?.file === undefined || source.file === "" ? undefined : `${source.file}${source.line === undefined || source.line === 0 ? "" : `, line ${String(source.line)}`}`;
  return make(
    "section",
    { class: "panel", "aria-label": "About" },
    make("h2", {}, "About"),
    facts([
      ["Address", typeof url === "string" ? outsideLink(url) : undefined],
      ["Command", Array.isArray(command) ? quoted(command.join(" ")) : undefined],
      ["Tools", typeof tools === "number" ? make("a", { href: hrefOf({ view: "server", server: name, part: "tools" }), "data-key": "about-tools" }, count(tools, "tool")) : undefined],
      ["Protocol", typeof protocolVersion === "string" ? `MCP ${protocolVersion}` : undefined],
      ["Configured in", file === undefined ? undefined : quoted(file)],
    ]),
    make("div", { class: "actions" }, button([icon("minus"), "Remove"], () => void remove(page, name), { class: "small", "data-key": "remove" })),
  );
}
