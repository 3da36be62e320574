import { McpassError } from "../../../base/errors.ts";
import { showUrl, shownAddress } from "../../../base/redact.ts";
import { shellWord } from "../../../base/shell-word.ts";
import { hasOwnCredential } from "../../../access/static-credential.ts";
import type { ConfiguredServer } from "../../../config/configuration.ts";
import type { CoreManager, SignInResult, StartResult } from "../../../connection/manager.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { exitCodes, exitDone } from "../exit-codes.ts";
import { type SignInFlags, withInteractiveSignIn } from "../interactive-sign-in.ts";
import { jsonLine } from "../json-words.ts";
import type { OverrideFlags } from "../override-flags.ts";
import { toMcpassError } from "../render-error.ts";
import { chooseCandidate } from "../server-choice.ts";
import { findServer, openSession, type Session, withServer } from "../server-session.ts";
import { noticeFacts, resultFacts, sayResult } from "../sign-in-report.ts";
import { halfNotices, readRedirect, showStarted } from "../split-sign-in.ts";

interface AuthFlags extends SignInFlags, OverrideFlags {
  readonly all?: boolean;
  readonly json?: boolean;
  readonly start?: boolean;
  /** The redirect URL, or `-` for standard input. */
  readonly finish?: string;
}

export async function auth(context: CommandContext, [word]: readonly string[], flags: AuthFlags): CommandResult {
  if (flags.all === true && word !== undefined) throw new McpassError("usage", "--all and a server's name cannot be used together", { hint: `mcpass auth ${shellWord(shownAddress(word))}` });
  if (flags.start === true && flags.finish !== undefined) throw new McpassError("usage", "--start and --finish are the two halves of one sign-in: give one of them");
  if (flags.all === true && (flags.start === true || flags.finish !== undefined)) throw new McpassError("usage", "--start and --finish are for one server at a time", { hint: "mcpass auth <server> --start" });
  const session = await openSession(context, flags);
  const candidates = signInCandidates(session);
  if (flags.all === true) return signInToAll(context, session, candidates, flags);
  return signIn(context, session, word ?? (await chooseServer(context, candidates)), flags);
}

/** Configured servers that a sign-in could be for: remote, enabled, and without a credential of their own in the headers. */
function signInCandidates({ configuration }: Session): readonly ConfiguredServer[] {
  return [...configuration.servers.values()].filter(({ enabled, entry }) => enabled && entry?.type === "remote" && entry.oauth !== false && !hasOwnCredential(entry));
}

async function chooseServer(context: CommandContext, candidates: readonly ConfiguredServer[]): Promise<string> {
  const [first, ...others] = candidates.map(({ name, shown }) => ({ name, note: showUrl(shown.url ?? "") }));
  if (first === undefined) throw new McpassError("usage", "no configured server can be signed in to", { hint: "mcpass add <name> <url>, or mcpass auth <url>" });
  return (await chooseCandidate(context, [first, ...others], { command: "auth", question: "Sign in to which server?" })).name;
}

/** One after the other, each with its own browser page; the worst exit code counts. */
async function signInToAll(context: CommandContext, session: Session, candidates: readonly ConfiguredServer[], flags: AuthFlags): Promise<number> {
  if (candidates.length === 0) context.terminal.say("No configured server can be signed in to.");
  let worst = exitDone;
  for (const { name } of candidates) {
    worst = Math.max(worst, await signIn(context, session, name, flags));
    context.signal.throwIfAborted();
  }
  return worst;
}

async function signIn(context: CommandContext, session: Session, word: string, flags: AuthFlags): Promise<number> {
  const showEvent: ShowEvent = (event, facts) => (flags.json === true ? context.terminal.print(jsonLine({ event, server: shownAddress(word), ...facts })) : undefined);
  try {
    await withServer(session, word, flags, async (manager, name) => {
      const result = await signInAs(context, { manager, name, flags, showEvent });
      if (result.kind === "started") return showStarted(context, result, flags.json === true);
      sayResult(context, findServer(session.configuration, word), result, session.runtime.now());
      showEvent(...resultFacts(result));
    });
    return exitDone;
  } catch (thrown) {
    const error = toMcpassError(thrown);
    showEvent("failed", { error: error.toJSON() });
    if (context.signal.aborted) throw thrown;
    context.report(error);
    return exitCodes[error.code];
  }
}

type ShowEvent = (event: string, facts: object) => void;

interface Asked {
  readonly manager: CoreManager;
  readonly name: string;
  readonly flags: AuthFlags;
  readonly showEvent: ShowEvent;
}

/** Whole, or one of its halves. */
async function signInAs(context: CommandContext, { manager, name, flags, showEvent }: Asked): Promise<SignInResult | StartResult> {
  const { account, scope, force, timeout, finish } = flags;
  if (flags.start === true) {
    const result = await manager.startSignIn(name, { account, scope, force, timeoutMs: timeout, ...halfNotices(context) });
    if (result.kind === "started") showEvent("authorization", { ...noticeFacts(result.notice), state: result.state });
    return result;
  }
  if (finish !== undefined) return manager.finishSignIn(name, { account, redirect: await readRedirect(context, finish), ...halfNotices(context) });
  return withInteractiveSignIn(context, flags, (notice) => showEvent("authorization", noticeFacts(notice)), (options) => manager.signIn(name, options));
}
