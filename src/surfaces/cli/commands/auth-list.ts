import { plainText, showUrl } from "../../../base/redact.ts";
import type { GrantView } from "../../../connection/manager.ts";
import { accountWords, identityJson } from "../account-words.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { jsonDocument } from "../json-words.ts";
import { openSession, withManager } from "../server-session.ts";
import { expiryWords, issuerWords } from "../sign-in-words.ts";
import { type NamedGrant, nameGrants } from "../stored-grants.ts";
import type { Colors } from "../terminal.ts";

export async function authList(context: CommandContext, _words: readonly string[], flags: { readonly json?: boolean }): CommandResult {
  const session = await openSession(context);
  const { terminal } = context;
  const grants = nameGrants(await withManager(session, [], (manager) => manager.grants()), session.configuration);
  if (flags.json === true) return terminal.print(jsonDocument({ grants: grants.map(toJson), storedIn: session.vault.place }));
  if (grants.length === 0) {
    terminal.print("No sign-ins are stored.");
    return terminal.say("Sign in with: mcpass auth <server>");
  }
  for (const grant of grants) terminal.print(grantRow(grant, terminal.out, session.runtime.now()));
  terminal.say(terminal.err.dim(`kept in ${session.vault.place}`));
}

const stateWords: Readonly<Record<GrantView["state"], { readonly glyph: string; readonly words: string; readonly color: "green" | "yellow" | "red" }>> = {
  authenticated: { glyph: "✓", words: "signed in", color: "green" },
  expired: { glyph: "⚠", words: "expired", color: "yellow" },
  ended: { glyph: "⚠", words: "ended", color: "yellow" },
  unreadable: { glyph: "✗", words: "unreadable", color: "red" },
};

function grantRow({ names, grant }: NamedGrant, colors: Colors, now: number): string {
  const { glyph, words, color } = stateWords[grant.state];
  const title = names.length === 0 ? "(not configured)" : names.map((name) => plainText(name)).join(", ");
  if (grant.state === "unreadable") return [`${colors[color](glyph)} ${colors.bold(title)}  ${colors[color](words)}`, `    ${plainText(grant.error?.message ?? "", 1000)}`].join("\n");
  const token = grant.expiresAt === undefined ? "expiry not told" : `token ${expiryWords(grant.expiresAt, now)}`;
  const lines = [
    `${colors[color](glyph)} ${colors.bold(title)}  ${colors[color](words)} as ${accountWords(grant.account, grant.identity)}`,
    `    ${colors.dim(`${showUrl(grant.serverUrl)}  at ${issuerWords(grant.issuer)}`)}`,
    `    ${colors.dim(`${token}, ${grant.renewable ? "renewed automatically" : "not renewable"}`)}`,
    ...(grant.error === undefined ? [] : [`    ${plainText(grant.error.message, 1000)}`]),
  ];
  return lines.join("\n");
}

function toJson({ names, grant }: NamedGrant): object {
  const { serverUrl, account, identity, issuer, state, scopes, expiresAt, renewable, clientKind, clientId, obtainedAt, grantType, bound, error } = grant;
  const shownError = error === undefined ? null : error.toJSON();
  return { server: names[0] ?? null, servers: names, serverUrl: showUrl(serverUrl), account, identity: identityJson(identity), issuer, state, scopes, expiresAt: expiresAt ?? null, renewable, clientKind, clientId, obtainedAt, grantType, bound, error: shownError };
}
