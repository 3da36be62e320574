import { plainText, showUrl } from "../../base/redact.ts";
import type { SignOutResult } from "../../connection/manager.ts";
import type { Colors } from "./terminal.ts";
import { clockWords } from "./time-words.ts";

/** How a sign-out ended, for a person. */
export function signedOutLines(result: SignOutResult, colors: Colors, now: number): readonly string[] {
  return [...resultLines(result, colors, now), ...sharedLines(result)];
}

/** U05 */
function sharedLines({ alsoFor }: SignOutResult): readonly string[] {
  return alsoFor.map((url) => `That sign-in served ${showUrl(url)} too, which is signed out with it.`);
}

/** U04: what was done at the authorization server, and what here. */
function resultLines(result: SignOutResult, colors: Colors, now: number): readonly string[] {
  const who = `${plainText(result.server)} (account ${plainText(result.account)})`;
  if (!result.forgotten) return [`No sign-in is stored for ${who}${otherWords(result)}; nothing to do.`];
  const done = `${colors.green("✓")} Signed out of ${who}:`;
  switch (result.revoked) {
    case "revoked":
      return [`${done} revoked at its authorization server, and forgotten here.`];
    case "refresh-token":
      return [`${done} its refresh token is revoked at its authorization server, and all is forgotten here.`, ...stillValid(result, now).map((words) => `${colors.yellow("warning:")} ${words}`)];
    case "skipped":
      return [`${done} forgotten here; not revoked, so it stays valid at its authorization server until it expires.`];
    case "not-offered":
      return [`${done} forgotten here. Its authorization server offers no revocation: what was issued stays valid there until it expires.`];
    case "failed":
      return [
        `${done} forgotten here.`,
        `${colors.yellow("warning:")} it could not be revoked: ${reasonOf(result)}`,
        `${colors.cyan("hint:")} end it in your account's settings at the provider`,
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
