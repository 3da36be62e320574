import { hasOwnCredential, ownCredentialWords } from "../../access/static-credential.ts";
import { plainText } from "../../base/redact.ts";
import { shellWord } from "../../base/shell-word.ts";
import type { ConfiguredServer } from "../../config/configuration.ts";
import type { AuthorizationNotice, GrantView, SignInResult } from "../../connection/manager.ts";
import { accountWords, identityJson } from "./account-words.ts";
import type { CommandContext } from "./command-context.ts";
import { renewalWords, signedInLine } from "./sign-in-words.ts";

/** Tells a person how a sign-in ended. */
export function sayResult(context: CommandContext, server: ConfiguredServer, result: SignInResult, now: number): void {
  if (result.kind === "not-needed") context.terminal.say(notNeededWords(server));
  else sayGrant(context, server.name, result, now);
}

/** A credential in the headers takes the place of a sign-in; whether it is accepted is not this command's to say. X02 */
function notNeededWords({ name, entry }: ConfiguredServer): string {
  if (entry?.type !== "remote" || !hasOwnCredential(entry)) return `${plainText(name)} needs no sign-in.`;
  return `${plainText(name)} is signed in to by ${ownCredentialWords(entry)}; mcpass list shows whether it is accepted.`;
}

function sayGrant({ terminal }: CommandContext, name: string, result: Exclude<SignInResult, { kind: "not-needed" }>, now: number): void {
  const { err } = terminal;
  if (result.kind === "already-signed-in") {
    terminal.say(`${err.green("✓")} Already signed in to ${plainText(name)} as ${accountWords(result.grant.account, result.grant.identity)}; ${renewalWords(result.grant, now)}.`);
    return terminal.say(`${err.cyan("hint:")} mcpass auth ${shellWord(name)} --force signs in again`);
  }
  terminal.say(`${err.green("✓")} ${signedInLine(name, result.grant, now)}`);
  if (!result.grant.renewable && result.grant.expiresAt !== undefined) terminal.say(`${err.yellow("warning:")} no refresh token came with it, so it cannot be renewed without you`);
}

/** The event that ends a sign-in well, for --json. */
export function resultFacts(result: SignInResult): readonly [event: string, facts: object] {
  if (result.kind === "not-needed") return ["not_needed", {}];
  return ["signed_in", { ...grantFacts(result.grant), already: result.kind === "already-signed-in", tools: toolsOf(result) }];
}

function toolsOf(result: SignInResult): number | null {
  return result.kind === "signed-in" ? (result.tools ?? null) : null;
}

export function noticeFacts(notice: AuthorizationNotice): object {
  const { url, issuer, endpointHosts, account, scopes, clientKind, clientId, redirectUri, expiresAt, previousIssuer, device, ledBy } = notice;
  const shown = device === undefined ? {} : { userCode: device.userCode, verificationUri: device.verificationUri };
  return { url, issuer, endpointHosts, account, scopes, clientKind, clientId, redirectUri: redirectUri ?? null, expiresAt, previousIssuer: previousIssuer ?? null, ledBy: ledBy ?? null, ...shown };
}

function grantFacts({ account, identity, issuer, scopes, expiresAt, renewable, clientKind, clientId, grantType, bound }: GrantView): object {
  return { account, identity: identityJson(identity), issuer, scopes, expiresAt: expiresAt ?? null, renewable, clientKind, clientId, grantType, bound };
}
