import { plainText } from "../../../base/redact.ts";
import type { RestoredGrant } from "../../../connection/manager.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { jsonDocument } from "../json-words.ts";
import { openSession, withServer } from "../server-session.ts";
import { expiryWords, issuerWords } from "../sign-in-words.ts";
import { momentWords } from "../time-words.ts";

interface RestoreFlags {
  readonly account?: string;
  readonly json?: boolean;
}

/** For an issuer that refused by mistake, or after a backup was put back. Connects to nothing. F04 */
export async function vaultRestore(context: CommandContext, [word = ""]: readonly string[], flags: RestoreFlags): CommandResult {
  const session = await openSession(context);
  const { terminal } = context;
  const restored = await withServer(session, word, {}, (manager, name) => manager.restore(name, flags.account));
  if (flags.json === true) terminal.print(jsonDocument({ restored: { ...restored, expiresAt: restored.expiresAt ?? null } }));
  const { err } = terminal;
  terminal.say(`${err.green("✓")} Put back generation ${restored.generation} of ${plainText(restored.server)} (account ${plainText(restored.account)}), which ${issuerWords(restored.issuer)} refused at ${momentWords(restored.endedAt)}: ${plainText(restored.reason, 500)}.`);
  terminal.say(`${tokenWords(restored, session.runtime.now())} If it is refused again, it is set aside again.`);
  terminal.say(`${err.cyan("hint:")} mcpass list`);
}

function tokenWords({ expiresAt, renewable }: RestoredGrant, now: number): string {
  const over = expiresAt !== undefined && expiresAt <= now;
  if (expiresAt === undefined || !over) return `Its access token ${expiresAt === undefined ? "is tried" : `${expiryWords(expiresAt, now)} and is used`} with the next request.`;
  return renewable ? `Its access token ${expiryWords(expiresAt, now)}; its refresh token is tried with the next request.` : `Its access token ${expiryWords(expiresAt, now)}, and it has no refresh token: it will not help.`;
}
