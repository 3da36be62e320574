import { gapWords, plainText, shownAddress } from "../../../base/redact.ts";
import { shellWord } from "../../../base/shell-word.ts";
import { removeServer } from "../../../config/edit-config.ts";
import { requireServer } from "../../../config/require-server.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { openSession, withManager } from "../server-session.ts";
import { nameGrants } from "../stored-grants.ts";

/** Takes the entry out of the file it stands in. A stored sign-in stays; the person is told how to end it. U04 */
export async function remove(context: CommandContext, [name = ""]: readonly string[]): CommandResult {
  const session = await openSession(context);
  const { source } = requireServer(session.configuration, name);
  const grants = nameGrants(await withManager(session, [], (manager) => manager.grants()), session.configuration).filter(({ names }) => names.includes(name));
  await removeServer(session.runtime, { name, file: source.file });
  const { terminal } = context;
  terminal.say(`${terminal.err.green("✓")} Removed ${plainText(name)} from ${source.file}`);
  for (const { grant, names } of grants) {
    if (names.length > 1) continue;
    terminal.say(`Its sign-in (account ${plainText(grant.account)}) is still stored.`);
    terminal.say(`${terminal.err.cyan("hint:")} mcpass logout ${shellWord(shownAddress(grant.serverUrl))}${grant.account === "default" ? "" : ` --account ${shellWord(grant.account)}`}${shownAddress(grant.serverUrl) === grant.serverUrl ? "" : ` ${gapWords}`}`);
  }
}
