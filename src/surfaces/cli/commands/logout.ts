import { McpassError } from "../../../base/errors.ts";
import { plainText, showUrl } from "../../../base/redact.ts";
import type { SignOutResult } from "../../../connection/manager.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { exitDone, exitFailed } from "../exit-codes.ts";
import { jsonLine } from "../json-words.ts";
import { toMcpassError } from "../render-error.ts";
import { chooseCandidate } from "../server-choice.ts";
import { openSession, type Session, withManager, withServer } from "../server-session.ts";
import { nameGrants } from "../stored-grants.ts";
import { clockWords } from "../time-words.ts";

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
  if (flags.all === true && word !== undefined) throw new McpassError("usage", "--all and a server's name cannot be used together", { hint: `mcpass logout ${word}` });
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
  for (const line of [...resultLines(context, result, session.runtime.now()), ...sharedLines(result)]) context.terminal.say(line);
  return exitDone;
}

/** U05 */
function sharedLines({ alsoFor }: SignOutResult): readonly string[] {
  return alsoFor.map((url) => `That sign-in served ${showUrl(url)} too, which is signed out with it.`);
}

/** U04: what was done at the authorization server, and what here. */
function resultLines({ terminal }: CommandContext, result: SignOutResult, now: number): readonly string[] {
  const { err } = terminal;
  const who = `${plainText(result.server)} (account ${plainText(result.account)})`;
  if (!result.forgotten) return [`No sign-in is stored for ${who}${otherWords(result)}; nothing to do.`];
  const done = `${err.green("✓")} Signed out of ${who}:`;
  switch (result.revoked) {
    case "revoked":
      return [`${done} revoked at its authorization server, and forgotten here.`];
    case "refresh-token":
      return [`${done} its refresh token is revoked at its authorization server, and all is forgotten here.`, ...stillValid(result, now).map((words) => `${err.yellow("warning:")} ${words}`)];
    case "skipped":
      return [`${done} forgotten here; not revoked, so it stays valid at its authorization server until it expires.`];
    case "not-offered":
      return [`${done} forgotten here. Its authorization server offers no revocation: what was issued stays valid there until it expires.`];
    case "failed":
      return [
        `${done} forgotten here.`,
        `${err.yellow("warning:")} it could not be revoked: ${reasonOf(result)}`,
        `${err.cyan("hint:")} end it in your account's settings at the provider`,
      ];
  }
}

function otherWords({ otherAccounts }: SignOutResult): string {
  return otherAccounts.length === 0 ? "" : `, but for ${otherAccounts.map((account) => plainText(account)).join(", ")}`;
}

/** Nothing, where the access token has ended by itself. */
function stillValid(result: SignOutResult, now: number): readonly string[] {
  const { accessTokenUntil } = result;
  if (accessTokenUntil !== undefined && accessTokenUntil <= now) return [];
  return [`the access token stays valid until ${accessTokenUntil === undefined ? "it expires" : clockWords(accessTokenUntil, now)}: ${reasonOf(result)}`];
}

function reasonOf({ revocationError }: SignOutResult): string {
  return plainText(revocationError?.message ?? "the authorization server did not say why", 1000);
}
