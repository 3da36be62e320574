import { McpassError } from "../../../base/errors.ts";
import { showUrl, shownAddress } from "../../../base/redact.ts";
import { shellWord } from "../../../base/shell-word.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { exitDone, exitFailed } from "../exit-codes.ts";
import { jsonLine } from "../json-words.ts";
import { toMcpassError } from "../render-error.ts";
import { chooseCandidate } from "../server-choice.ts";
import { signedOutLines } from "../sign-out-words.ts";
import { openSession, type Session, withManager, withServer } from "../server-session.ts";
import { nameGrants } from "../stored-grants.ts";

interface LogoutFlags {
  readonly account?: string;
  readonly all?: boolean;
  readonly keepRemote?: boolean;
  readonly json?: boolean;
}

/** What is to be signed out of: a word that `findServer` understands, and the account; undefined is the entry's own. */
interface Target {
  readonly name: string;
  readonly note: string;
  readonly account: string | undefined;
}

export async function logout(context: CommandContext, [word]: readonly string[], flags: LogoutFlags): CommandResult {
  if (flags.all === true && word !== undefined) throw new McpassError("usage", "--all and a server's name cannot be used together", { hint: `mcpass logout ${shellWord(shownAddress(word))}` });
  const session = await openSession(context);
  if (word !== undefined) return signOut(context, session, { name: word, note: "", account: flags.account }, flags);
  const [first, ...others] = await storedTargets(session, flags.account);
  if (first === undefined) {
    context.terminal.say("No sign-ins are stored.");
    return exitDone;
  }
  if (flags.all === true) return signOutOfAll(context, session, [first, ...others], flags);
  const chosen = await chooseCandidate(context, [first, ...others], { command: "logout", question: "Sign out of which server?" });
  return signOut(context, session, chosen, flags);
}

/** Every stored grant that can be read; one whose server is configured no more goes by its URL. */
async function storedTargets(session: Session, account: string | undefined): Promise<readonly Target[]> {
  const grants = nameGrants(await withManager(session, [], (manager) => manager.grants()), session.configuration);
  return grants
    .filter(({ grant }) => grant.state !== "unreadable" && (account === undefined || grant.account === account))
    .map(({ names, grant }) => ({ name: names[0] ?? grant.serverUrl, note: `${showUrl(grant.serverUrl)}, account ${grant.account}`, account: grant.account }));
}

/** One that fails does not keep the others. */
async function signOutOfAll(context: CommandContext, session: Session, targets: readonly Target[], flags: LogoutFlags): Promise<number> {
  let worst = exitDone;
  for (const target of targets) {
    try {
      await signOut(context, session, target, flags);
    } catch (thrown) {
      if (context.signal.aborted) throw thrown;
      context.report(toMcpassError(thrown));
      worst = exitFailed;
    }
  }
  return worst;
}

async function signOut(context: CommandContext, session: Session, target: Target, flags: LogoutFlags): Promise<number> {
  const result = await withServer(session, target.name, {}, (manager, name) => manager.signOut(name, { account: target.account, keepRemote: flags.keepRemote, signal: context.signal }));
  if (flags.json === true) context.terminal.print(jsonLine({ ...result, revocationError: result.revocationError?.toJSON() ?? null }));
  for (const line of signedOutLines(result, context.terminal.err, session.runtime.now())) context.terminal.say(line);
  return exitDone;
}
