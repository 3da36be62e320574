import { plainText, shownAddress } from "../../base/redact.ts";
import { shellWord } from "../../base/shell-word.ts";
import type { GrantView, ServerSnapshot, StoredSnapshot } from "../../connection/manager.ts";
import { accountWords } from "./account-words.ts";
import type { Colors } from "./terminal.ts";

export type ShownStatus = ServerSnapshot["status"] | StoredSnapshot["status"];
export type ShownServer = Omit<ServerSnapshot, "status"> & {
  readonly status: ShownStatus;
  /** What is stored for it under other labels than its own. S07 */
  readonly others?: readonly OtherAccount[] | undefined;
};
export type OtherAccount = Pick<GrantView, "account" | "identity" | "state">;

/** Total: a status that is not here does not compile. X06 */
export const statusWords: Readonly<Record<ShownStatus, { readonly glyph: string; readonly words: string; readonly color: "green" | "yellow" | "red" | "dim" }>> = {
  connected: { glyph: "✓", words: "connected", color: "green" },
  authenticated: { glyph: "✓", words: "signed in", color: "green" },
  no_auth_needed: { glyph: "✓", words: "needs no sign-in", color: "green" },
  disabled: { glyph: "○", words: "disabled", color: "dim" },
  idle: { glyph: "○", words: "not connected", color: "dim" },
  connecting: { glyph: "○", words: "connecting", color: "dim" },
  not_authenticated: { glyph: "○", words: "not signed in", color: "dim" },
  needs_auth: { glyph: "⚠", words: "needs authentication", color: "yellow" },
  expired: { glyph: "⚠", words: "sign-in expired", color: "yellow" },
  needs_client_registration: { glyph: "✗", words: "needs client registration", color: "red" },
  failed: { glyph: "✗", words: "failed", color: "red" },
};

export interface RowOptions {
  readonly colors: Colors;
  /** Names are padded to this. */
  readonly nameWidth: number;
  /** Say which file a server comes from: servers come from several. U06 */
  readonly showSource: boolean;
}

/** One server as lines for a person: the row, where it is, and what is wrong and what to do about it. */
export function serverRow(server: ShownServer, { colors, nameWidth, showSource }: RowOptions): string {
  const { glyph, words, color } = statusWords[server.status];
  const facts = factWords(server);
  const place = [placeWords(server), ...(showSource ? [sourceWords(server)] : [])].filter((text) => text !== "").join("  ");
  return [
    `${colors[color](glyph)} ${colors.bold(plainText(server.name).padEnd(nameWidth))}  ${colors[color](words)}${facts === "" ? "" : colors.dim(`  ${facts}`)}`,
    ...(place === "" ? [] : [`    ${colors.dim(place)}`]),
    ...otherLines(server).map((line) => `    ${line}`),
    ...troubleLines(server, colors).map((line) => `    ${line}`),
  ].join("\n");
}

function otherLines({ status, others = [], signedIn, account = "default" }: ShownServer): readonly string[] {
  if (others.length === 0 || (status === "connected" && !signedIn)) return [];
  const words = others.map((other) => `${accountWords(other.account, other.identity)}${other.state === "authenticated" ? "" : " (over)"}`).join(", ");
  return [signedIn ? `also signed in as ${words}` : `signed in as ${words}, not as ${plainText(account)}; --account LABEL uses another`];
}

/** `mcpass list` says the status in one word and keeps the sentence for what is not obvious from it. */
function troubleLines({ status, error, hint }: ShownServer, colors: Colors): readonly string[] {
  const obvious = status === "needs_auth" && error?.code === "sign_in_required";
  const redirectUri = error?.details["redirectUri"];
  const said = `${error?.message ?? ""} ${hint ?? ""}`;
  const register = status === "needs_client_registration" && typeof redirectUri === "string" && !said.includes(redirectUri);
  return [
    ...(error === undefined || obvious ? [] : error.message.split("\n").map((line) => plainText(line, 1000))),
    ...(register ? [`redirect URI to register: ${plainText(redirectUri)}`] : []),
    ...(hint === undefined ? [] : [`${colors.cyan("hint:")} ${plainText(hint, 1000)}`]),
  ];
}

function factWords({ status, tools, protocolVersion, account, identity, others = [], signedIn }: ShownServer): string {
  const unremarkable = account === "default" && identity === undefined && !(signedIn && others.length > 0);
  const facts = [
    ...(status === "connected" && tools !== undefined ? [tools === 1 ? "1 tool" : `${tools} tools`] : []),
    ...(protocolVersion === undefined ? [] : [plainText(protocolVersion, 40)]),
    ...(account === undefined || unremarkable ? [] : [`account ${accountWords(account, identity)}`]),
  ];
  return facts.join(" · ");
}

function placeWords({ url, command }: ShownServer): string {
  return url === undefined ? (command ?? []).map(shellWord).join(" ") : plainText(shownAddress(url));
}

function sourceWords({ source }: ShownServer): string {
  if (source.line === 0 || source.layer === "flags") return "";
  return `(${source.layer === "file" ? "" : `${source.layer}: `}${plainText(source.file)}:${source.line})`;
}
