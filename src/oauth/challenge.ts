/** Reads the WWW-Authenticate field of a 401 or 403. RFC 9110 §11.6.1, RFC 6750 §3, RFC 9728 §5.1. Never throws. */

export interface Challenge {
  /** Lower case. */
  readonly scheme: string;
  /** Names in lower case; the first of a repeated name wins. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** What a protected MCP server says about how to get in. */
export interface BearerChallenge {
  readonly resourceMetadata: string | undefined;
  readonly scopes: readonly string[];
  readonly error: string | undefined;
  readonly errorDescription: string | undefined;
}

const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const token68 = /[A-Za-z0-9._~+/-]+=*(?=\s*(?:,|$))/y;
const whitespace = /[ \t]*/y;

/** Every challenge of one field value, in order. What cannot be read is left out; what can be read is kept. */
export function parseChallenges(field: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  const cursor = { text: field.slice(0, 16_384), at: 0 };
  while (cursor.at < cursor.text.length) {
    take(cursor, whitespace);
    const word = take(cursor, token);
    if (word === undefined) {
      cursor.at += 1;
      continue;
    }
    const afterWord = cursor.at;
    take(cursor, whitespace);
    if (cursor.text[cursor.at] === "=" && challenges.length > 0) {
      cursor.at += 1;
      take(cursor, whitespace);
      keep(challenges.at(-1)?.parameters, word.toLowerCase(), readValue(cursor));
      continue;
    }
    challenges.push({ scheme: word.toLowerCase(), parameters: Object.create(null) as Record<string, string> });
    // The lookahead keeps `Bearer scope=x` from being read as a credential.
    if (cursor.at > afterWord) take(cursor, token68);
  }
  return challenges;
}

/** The first Bearer (or DPoP) challenge, with `resource_metadata` taken from whichever challenge carries it; undefined when there is neither. */
export function readBearerChallenge(field: string | null | undefined): BearerChallenge | undefined {
  if (field === null || field === undefined) return undefined;
  const challenges = parseChallenges(field);
  const bearer = challenges.find(({ scheme }) => scheme === "bearer" || scheme === "dpop");
  const resourceMetadata = [bearer, ...challenges].map((challenge) => challenge?.parameters["resource_metadata"]).find((url) => url !== undefined && URL.canParse(url));
  if (bearer === undefined && resourceMetadata === undefined) return undefined;
  return {
    resourceMetadata,
    scopes: splitScopes(bearer?.parameters["scope"]),
    error: bearer?.parameters["error"],
    errorDescription: bearer?.parameters["error_description"],
  };
}

/** Scope tokens of a space-separated list, without repetition, in order. RFC 6749 §3.3. */
export function splitScopes(scope: string | undefined): readonly string[] {
  return [...new Set((scope ?? "").split(/\s+/).filter((word) => word !== ""))];
}

interface Cursor {
  readonly text: string;
  at: number;
}

function take(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text)?.[0];
  if (found === undefined) return undefined;
  cursor.at += found.length;
  return found;
}

function readValue(cursor: Cursor): string {
  if (cursor.text[cursor.at] !== '"') return take(cursor, /[^\s,"]*/y) ?? "";
  let value = "";
  for (cursor.at += 1; cursor.at < cursor.text.length; cursor.at += 1) {
    const character = cursor.text[cursor.at];
    if (character === '"') break;
    if (character === "\\") cursor.at += 1;
    value += cursor.text[cursor.at] ?? "";
  }
  cursor.at += 1;
  return value;
}

function keep(parameters: Record<string, string> | undefined, name: string, value: string): void {
  if (parameters !== undefined && !(name in parameters)) parameters[name] = value;
}
