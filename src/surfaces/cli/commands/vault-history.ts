import { plainText } from "../../../base/redact.ts";
import type { GrantHistory } from "../../../connection/manager.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { jsonDocument } from "../json-words.ts";
import { openSession, withServer } from "../server-session.ts";
import { expiryWords, issuerWords } from "../sign-in-words.ts";
import type { Colors } from "../terminal.ts";
import { momentWords } from "../time-words.ts";

interface HistoryFlags {
  readonly account?: string;
  readonly json?: boolean;
}

/** Explains afterwards who used which refresh token. Connects to nothing and shows no token. F05 */
export async function vaultHistory(context: CommandContext, [word = ""]: readonly string[], flags: HistoryFlags): CommandResult {
  const session = await openSession(context);
  const { terminal } = context;
  const history = await withServer(session, word, {}, (manager, name) => manager.history(name, flags.account));
  if (flags.json === true) return terminal.print(jsonDocument({ history: history === undefined ? null : toJson(history) }));
  if (history === undefined) return terminal.print(`No sign-in is stored for ${plainText(word)}${flags.account === undefined ? "" : ` (account ${plainText(flags.account)})`}.`);
  for (const line of historyLines(history, terminal.out, session.runtime.now())) terminal.print(line);
}

const eventWords: Readonly<Record<GrantHistory["entries"][number]["event"], string>> = {
  "signed-in": "signed in",
  renewed: "renewed",
  interrupted: "renewal interrupted",
  refused: "refused by its issuer",
  restored: "put back",
};

function historyLines(history: GrantHistory, colors: Colors, now: number): readonly string[] {
  const { entries } = history;
  const words = entries.map(({ event }) => eventWords[event]);
  const width = Math.max(0, ...words.map((each) => each.length));
  const rows = entries.map(({ generation, at, by, refreshToken }, index) => {
    const token = refreshToken === undefined ? "no refresh token" : `refresh token ${plainText(refreshToken)}…`;
    return `  ${momentWords(at)}  ${(words[index] ?? "").padEnd(width)}  generation ${generation}  ${colors.dim(`${token}  ${plainText(by)}`)}`;
  });
  return [`${colors.bold(plainText(history.server))} (account ${plainText(history.account)}) at ${issuerWords(history.issuer)}`, ...rows, ...stateLines(history, now).map((line) => `  ${line}`)];
}

/** How it stands now. */
function stateLines({ redeeming, trouble, ended, expiresAt, generation }: GrantHistory, now: number): readonly string[] {
  const token = expiresAt === undefined ? "" : `; its access token ${expiryWords(expiresAt, now)}`;
  return [
    ...(ended === undefined ? [`now: generation ${generation}${token}`] : [`now: over since ${momentWords(ended.at)}, ${plainText(ended.reason, 500)}${ended.restorable ? "; what was refused is set aside" : ""}`]),
    ...(redeeming === undefined ? [] : [`${plainText(redeeming.by)} sent the refresh token of generation ${redeeming.generation} at ${momentWords(redeeming.at)}, and its answer is not stored: it is being renewed, or that was interrupted`]),
    ...(trouble === undefined ? [] : [`the last renewal failed at ${momentWords(trouble.at)}: ${plainText(trouble.message, 500)}${trouble.retryAt === undefined || trouble.retryAt <= now ? "" : ` (next try not before ${momentWords(trouble.retryAt)})`}`]),
  ];
}

/** Every field is there; what is not known is null. */
function toJson({ entries, ...history }: GrantHistory): object {
  const { server, account, issuer, generation, refreshToken, expiresAt, redeeming, trouble, ended } = history;
  const rows = entries.map((entry) => ({ ...entry, refreshToken: entry.refreshToken ?? null }));
  return { server, account, issuer, generation, refreshToken: refreshToken ?? null, expiresAt: expiresAt ?? null, redeeming: redeeming ?? null, trouble: trouble ?? null, ended: ended ?? null, entries: rows };
}
