import type { McpassError } from "../../base/errors.ts";
import { plainText, showUrl } from "../../base/redact.ts";
import { shellWord } from "../../base/shell-word.ts";
import type { CopiedRegistration } from "../../config/import/copy-registration.ts";
import type { ForeignLogin, ForeignStore } from "../../config/import/foreign-login.ts";
import type { AdoptionNotice, GrantView } from "../../connection/manager.ts";
import { accountWords, identityJson } from "./account-words.ts";
import { type MarkedRow, markedText } from "./marked-rows.ts";
import { issuerWords, scopeWords } from "./sign-in-words.ts";
import type { Colors } from "./terminal.ts";

/** What became of one sign-in of another program. */
export interface ImportedLogin {
  readonly login: ForeignLogin;
  /** The server here that it is for. */
  readonly server: string | undefined;
  readonly url: string | undefined;
  readonly kind: "moved" | "movable" | "again" | "already" | "declined" | "not-configured" | "failed";
  readonly reason?: string | undefined;
  readonly grant?: GrantView | undefined;
  readonly error?: McpassError | undefined;
}

export interface Imported {
  readonly from: string;
  readonly title: string;
  readonly store: ForeignStore;
  readonly registrations: readonly CopiedRegistration[];
  readonly logins: readonly ImportedLogin[];
}

export function importText(imported: Imported, colors: Colors): string {
  const { title, store, registrations, logins } = imported;
  const warnings = store.problems.map((problem) => `${colors.yellow("warning:")} ${plainText(problem, 1000)}`);
  const nothing = registrations.length + logins.length === 0 ? [`${title} has no sign-ins and no configured clients in ${plainText(store.places[0] ?? "", 1000)}.`] : [];
  const rows = [...registrations.map(registrationRow), ...logins.map((login) => loginRow(imported, login, colors))];
  return markedText({ before: [...warnings, ...nothing], rows, closing: logins.length === 0 ? [] : closing(imported) }, colors);
}

function registrationRow(copied: CopiedRegistration): MarkedRow {
  const { registration } = copied;
  return { ...copyOf(copied), name: `client ${plainText(String(registration.keys["clientId"]), 120)} of ${plainText(registration.label)}` };
}

function copyOf({ server, kind, file, command, error }: CopiedRegistration): Pick<MarkedRow, "mark" | "words"> {
  const name = plainText(server ?? "");
  switch (kind) {
    case "copied":
      return { mark: "done", words: `: copied to ${name} in ${plainText(file ?? "", 1000)}` };
    case "there-already":
      return { mark: "done", words: `: ${name} has it already` };
    case "different":
      return { mark: "quiet", words: `: ${name} has another one, which stays` };
    case "by-hand":
      return { mark: "quiet", words: `: ${plainText(command ?? "", 1000)}` };
    case "failed":
      return { mark: "failed", words: `: not copied. ${plainText(error?.message ?? "", 1000)}` };
  }
}

function loginRow(imported: Imported, login: ImportedLogin, colors: Colors): MarkedRow {
  const name = colors.bold(plainText(login.server ?? (login.url === undefined ? `${login.login.label.slice(0, 8)}…` : login.login.label)));
  const place = login.url === undefined ? [] : [colors.dim(plainText(login.url))];
  const next = commandFor(imported, login);
  const there = login.kind === "moved" ? [`now sign out there, before it is used there again: ${plainText(login.login.signOutThere, 1000)}`] : [];
  return { ...statusOf(imported, login), name, details: [...place, ...there], hint: next === undefined ? undefined : plainText(next, 1000) };
}

function statusOf({ title }: Imported, { login, kind, reason, grant, error }: ImportedLogin): Pick<MarkedRow, "mark" | "words"> {
  switch (kind) {
    case "moved":
      return { mark: "done", words: `  moved: signed in as ${accountWords(grant?.account ?? "", grant?.identity)} at ${issuerWords(grant?.issuer ?? "")}${error === undefined ? "" : `; it could not be tried out: ${plainText(error.message, 500)}`}` };
    case "movable":
      return { mark: "warning", words: `  can be moved: it belongs to your client ${plainText(login.client.kind === "unknown" ? "" : login.client.clientId, 120)}` };
    case "again":
      return { mark: "warning", words: `  sign in again: ${plainText(reason ?? "", 500)}` };
    case "already":
      return { mark: "done", words: `  is signed in here already, as ${accountWords(grant?.account ?? "", grant?.identity)}; nothing was moved` };
    case "declined":
      return { mark: "quiet", words: `  was left with ${title}` };
    case "not-configured":
      return { mark: "quiet", words: login.url === undefined ? `  is for an address that ${title}'s files do not tell, and that no server here has` : "  is not configured here" };
    case "failed":
      return { mark: "failed", words: `  was not moved: ${plainText(error?.message ?? "", 1000)}` };
  }
}

/** The next command. */
export function commandFor({ from }: Pick<Imported, "from">, { login, server, kind, error }: ImportedLogin): string | undefined {
  const signIn = server === undefined ? undefined : `mcpass auth ${shellWord(server)}`;
  if (kind === "movable") return `mcpass import --logins ${from} --move, or with a sign-in of its own: ${signIn ?? ""}`;
  if (kind === "not-configured") return login.url === undefined ? "mcpass add NAME URL, then the same command again" : `mcpass add ${shellWord(login.label)} ${shellWord(login.url)}, then mcpass auth ${shellWord(login.label)}`;
  if (kind === "failed") return error?.hint ?? signIn;
  return kind === "again" || kind === "declined" ? signIn : undefined;
}

/** S04: what must be known before both programs go on. */
function closing({ title }: Imported): readonly string[] {
  return [
    `Two programs must not both renew one sign-in: a refresh token often works once, and its second use ends the sign-in for both.`,
    `A sign-in of its own here disturbs nothing in ${title}. mcpass reads ${title}'s files and never changes them.`,
  ];
}

export function adoptionLines(notice: AdoptionNotice, title: string, colors: Colors): readonly string[] {
  const facts: readonly (readonly [string, string])[] = [
    ["server", `${plainText(notice.server)} at ${showUrl(notice.serverUrl)}`],
    ["renewed at", `${issuerWords(notice.issuer)}, ${showUrl(notice.tokenEndpoint)}`],
    ["client", `${plainText(notice.clientId, 120)}, as configured`],
    ["account", plainText(notice.account)],
    ["scopes", notice.scopes.length === 0 ? "none named" : scopeWords(notice.scopes)],
    ["kept in", plainText(notice.storedIn)],
  ];
  return [
    colors.bold(`Moving the sign-in of ${plainText(notice.server)} from ${title}`),
    ...facts.map(([name, value]) => `  ${colors.dim(name.padEnd(11))}  ${value}`),
    `  ${title} does not say where it signed in. If that is another place, say no: its refresh token would go to the one above.`,
  ];
}

/** Every field is there; what is not known is null. Never a token. */
export function toJson(imported: Imported): object {
  const { from, store, registrations, logins } = imported;
  return {
    from,
    places: store.places,
    problems: store.problems,
    registrations: registrations.map(({ registration, server, kind, file, command, error }) => ({ name: registration.label, url: showUrl(registration.url), clientId: registration.keys["clientId"], server: server ?? null, result: kind, file: file ?? null, command: command ?? null, error: error?.toJSON() ?? null })),
    logins: logins.map((each) => ({
      name: each.login.label,
      url: each.url ?? null,
      server: each.server ?? null,
      client: { kind: each.login.client.kind, clientId: each.login.client.kind === "unknown" ? null : each.login.client.clientId },
      result: each.kind,
      reason: each.reason ?? null,
      account: each.grant?.account ?? null,
      identity: identityJson(each.grant?.identity),
      issuer: each.grant?.issuer ?? null,
      command: commandFor(imported, each) ?? null,
      signOutThere: each.kind === "moved" ? each.login.signOutThere : null,
      error: each.error?.toJSON() ?? null,
    })),
  };
}
