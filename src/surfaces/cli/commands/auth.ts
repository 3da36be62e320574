import { McpassError } from "../../../base/errors.ts";
import { plainText, showUrl } from "../../../base/redact.ts";
import { staticCredentials } from "../../../access/static-credential.ts";
import type { ConfiguredServer } from "../../../config/configuration.ts";
import type { AuthorizationNotice, GrantView, SignInResult } from "../../../connection/manager.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { exitCodes, exitDone } from "../exit-codes.ts";
import { type SignInFlags, withInteractiveSignIn } from "../interactive-sign-in.ts";
import { jsonLine } from "../json-words.ts";
import type { OverrideFlags } from "../override-flags.ts";
import { toMcpassError } from "../render-error.ts";
import { chooseCandidate } from "../server-choice.ts";
import { findServer, openSession, type Session, withServer } from "../server-session.ts";
import { renewalWords, signedInLine } from "../sign-in-words.ts";

interface AuthFlags extends SignInFlags, OverrideFlags {
  readonly all?: boolean;
  readonly json?: boolean;
}

export async function auth(context: CommandContext, [word]: readonly string[], flags: AuthFlags): CommandResult {
  if (flags.all === true && word !== undefined) throw new McpassError("usage", "--all and a server's name cannot be used together", { hint: `mcpass auth ${word}` });
  const session = await openSession(context, flags);
  const candidates = signInCandidates(session);
  if (flags.all === true) return signInToAll(context, session, candidates, flags);
  return signIn(context, session, word ?? (await chooseServer(context, candidates)), flags);
}

/** Configured servers that a sign-in could be for: remote, enabled, and without a credential of their own in the headers. */
function signInCandidates({ configuration }: Session): readonly ConfiguredServer[] {
  return [...configuration.servers.values()].filter(({ enabled, entry }) => enabled && entry?.type === "remote" && entry.oauth !== false && staticCredentials(entry).length === 0);
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
  try {
    const showEvent = (event: string, facts: object): void => (flags.json === true ? context.terminal.print(jsonLine({ event, server: word, ...facts })) : undefined);
    await withServer(session, word, flags, async (manager, name) => {
      const result = await withInteractiveSignIn(context, flags, (notice) => showEvent("authorization", noticeFacts(notice)), (options) => manager.signIn(name, options));
      if (result.kind === "not-needed") context.terminal.say(notNeededWords(findServer(session.configuration, word)));
      else sayGrant(context, name, result, session.runtime.now());
      showEvent(result.kind === "not-needed" ? "not_needed" : "signed_in", result.kind === "not-needed" ? {} : { ...grantFacts(result.grant), already: result.kind === "already-signed-in", tools: toolsOf(result) });
    });
    return exitDone;
  } catch (thrown) {
    const error = toMcpassError(thrown);
    if (flags.json === true) context.terminal.print(jsonLine({ event: "failed", server: word, error: error.toJSON() }));
    if (context.signal.aborted) throw thrown;
    context.report(error);
    return exitCodes[error.code];
  }
}

/** A credential in the headers takes the place of a sign-in; whether it is accepted is not this command's to say. X02 */
function notNeededWords({ name, entry }: ConfiguredServer): string {
  const credentials = entry?.type === "remote" ? staticCredentials(entry) : [];
  if (credentials.length === 0) return `${plainText(name)} needs no sign-in.`;
  return `${plainText(name)} is signed in to by its configured header ${credentials.map((header) => plainText(header)).join(", ")}; mcpass list shows whether it is accepted.`;
}

function sayGrant({ terminal }: CommandContext, name: string, result: Exclude<SignInResult, { kind: "not-needed" }>, now: number): void {
  const { err } = terminal;
  if (result.kind === "already-signed-in") {
    terminal.say(`${err.green("✓")} Already signed in to ${plainText(name)} as ${plainText(result.grant.account)}; ${renewalWords(result.grant, now)}.`);
    return terminal.say(`${err.cyan("hint:")} mcpass auth ${plainText(name)} --force signs in again`);
  }
  terminal.say(`${err.green("✓")} ${signedInLine(name, result.grant, now)}`);
  if (!result.grant.renewable && result.grant.expiresAt !== undefined) terminal.say(`${err.yellow("warning:")} no refresh token came with it, so it cannot be renewed without you`);
}

function toolsOf(result: SignInResult): number | null {
  return result.kind === "signed-in" ? (result.tools ?? null) : null;
}

function noticeFacts(notice: AuthorizationNotice): object {
  const { url, issuer, endpointHosts, account, scopes, clientKind, clientId, redirectUri, expiresAt, previousIssuer, device } = notice;
  return { url, issuer, endpointHosts, account, scopes, clientKind, clientId, redirectUri: redirectUri ?? null, expiresAt, previousIssuer: previousIssuer ?? null, ...(device === undefined ? {} : { userCode: device.userCode, verificationUri: device.verificationUri }) };
}

function grantFacts({ account, issuer, scopes, expiresAt, renewable, clientKind, clientId, grantType, bound }: GrantView): object {
  return { account, issuer, scopes, expiresAt: expiresAt ?? null, renewable, clientKind, clientId, grantType, bound };
}
