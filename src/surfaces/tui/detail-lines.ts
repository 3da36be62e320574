import { countOf } from "./fact-words.ts";
import { glyphs } from "./glyphs.ts";
import type { Line } from "./lines.tsx";
import { pastErrorLines } from "./past-errors.ts";
import { plain, plainLines } from "./plain.ts";
import type { Snapshot, Words } from "./screen-types.ts";
import { lookOf } from "./status-look.ts";
import type { ScreenState } from "./store.ts";

/** Everything that is known of a server, as rows: what is wrong and what to do first. */
export function detailLines(server: Snapshot, state: ScreenState, words: Words): readonly Line[] {
  const look = lookOf(server);
  const outcome = state.outcomes.get(server.name);
  const doing = state.busy.get(server.name);
  return [
    { text: plain(server.name, 100), bold: true },
    { text: `${glyphs.bullet} ${look.isError ? "Failed" : look.word}`, tone: look.tone },
    ...(doing === undefined ? [] : [{ text: doing, tone: "quiet" as const }]),
    ...troubleLines(server),
    ...(outcome === undefined ? [] : outcome.lines.map((text): Line => ({ text, tone: outcome.tone }))),
    ...waitingLines(server, state),
    ...section("Identity", identityFacts(server)),
    ...section("Sign-in", signInFacts(server, state, words)),
    ...section("Offers", offerFacts(server, state)),
    ...pastErrorLines(state.errors.get(server.name) ?? [], server.error?.message),
  ];
}

/** The error's own words, and the next step. */
function troubleLines({ status, error, hint }: Snapshot): readonly Line[] {
  if (status === "disabled") return [{ text: `next: "enabled": true in its entry switches it on`, bold: true }];
  if (error === undefined) return [];
  const uri = error.details["redirectUri"];
  const said = `${error.message} ${hint ?? error.hint ?? ""}`;
  return [
    ...plainLines(error.message, { lines: 30, limit: 2000 }).map((text): Line => ({ text, tone: error.code === "sign_in_required" ? undefined : "bad" })),
    ...(typeof uri === "string" && !said.includes(uri) ? [{ text: `redirect URI to register: ${plain(uri)}` }] : []),
    ...((hint ?? error.hint) === undefined ? [] : [{ text: `next: ${plain(hint ?? error.hint ?? "", 1000)}${status === "needs_auth" ? ", or press a here" : ""}`, bold: true }]),
  ];
}

function waitingLines({ name }: Snapshot, { signIns }: ScreenState): readonly Line[] {
  return signIns.has(name) ? [{ text: "A sign-in waits for you: a shows it.", tone: "warn" }] : [];
}

type Fact = readonly [name: string, value: string | undefined];

function section(title: string, facts: readonly Fact[]): readonly Line[] {
  const known = facts.filter((fact): fact is readonly [string, string] => fact[1] !== undefined && fact[1] !== "");
  return known.length === 0 ? [] : [{ text: "" }, { text: title, bold: true }, ...known.map(([name, value]) => ({ text: `${name.padEnd(11)} ${value}` }))];
}

function identityFacts({ type, url, command, protocolVersion, source }: Snapshot): readonly Fact[] {
  return [
    ["URL", url === undefined ? undefined : plain(url, 2000)],
    ["command", command === undefined ? undefined : plain(command.join(" "), 2000)],
    ["transport", type === "local" ? "a program on this machine (stdio)" : "HTTP"],
    ["protocol", protocolVersion === undefined ? undefined : `MCP ${plain(protocolVersion, 40)}`],
    ["configured", source.file === "" || source.line === 0 ? undefined : `${plain(source.file)}:${String(source.line)}`],
  ];
}

function signInFacts(server: Snapshot, { grants, now }: ScreenState, words: Words): readonly Fact[] {
  const facts = grants.get(server.name);
  if (server.type === "local") return [];
  if (facts === undefined) return [["signed in", server.signedIn ? "…" : server.status === "connected" ? "nobody, and nobody has to be" : "nobody"]];
  const { grant, renewals } = facts;
  return [
    ["issuer", plain(grant.issuer, 500)],
    ["account", words.account(grant.account, grant.identity)],
    ["scopes", grant.scopes.length === 0 ? "none named" : plain(grant.scopes.slice(0, 100).join(" "), 3000)],
    ["access", grant.state === "authenticated" ? words.renewal(grant) : grant.state === "unreadable" ? "cannot be read on this machine" : "over: sign in again"],
    ["expires in", grant.expiresAt === undefined ? undefined : grant.expiresAt > now ? words.duration(grant.expiresAt - now) : "over"],
    ["renewals", renewals === undefined ? undefined : renewals === 0 ? "none yet" : countOf(renewals, "renewal")],
    ["client", plain(grant.clientId, 120)],
    ["trouble", grant.error === undefined ? undefined : plain(grant.error.message, 1000)],
  ];
}

const mostNames = 30;

/** `2: search, add`; nothing where there are none. */
function named(offers: readonly { readonly name: string }[]): string | undefined {
  if (offers.length === 0) return undefined;
  const names = offers.slice(0, mostNames).map(({ name }) => plain(name, 60)).join(", ");
  return `${String(offers.length)}: ${names}${offers.length > mostNames ? ", …" : ""}`;
}

function offerFacts(server: Snapshot, { catalogs }: ScreenState): readonly Fact[] {
  const catalog = catalogs.get(server.name);
  if (catalog?.state !== "there") return [["tools", server.tools === undefined ? undefined : `${countOf(server.tools, "tool")}; t shows them`]];
  return [
    ["tools", named(catalog.tools)],
    ["prompts", named(catalog.prompts)],
    ["resources", named(catalog.resources)],
    ["", "t shows them, to search in and to try"],
  ];
}
