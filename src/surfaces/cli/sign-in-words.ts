import { plainText } from "../../base/redact.ts";
import { machineGrants } from "../../config/server-entry.ts";
import type { AuthorizationNotice, GrantView } from "../../connection/manager.ts";
import { accountWords } from "./account-words.ts";
import { hostWords, isInternational, originWords } from "./host-words.ts";
import type { Colors } from "./terminal.ts";
import { clockWords, durationWords } from "./time-words.ts";

const clientWords: Readonly<Record<AuthorizationNotice["clientKind"], string>> = {
  configured: "as configured",
  "metadata-document": "by its published metadata document",
  dynamic: "registered by mcpass",
};

/** Who asks whom for what, before any browser opens. Every foreign text in it is plain. Z08, D13 */
export function consentLines(notice: AuthorizationNotice, colors: Colors): readonly string[] {
  const elsewhere = notice.endpointHosts.length === 0 ? "" : `, with endpoints at ${notice.endpointHosts.map((host) => hostWords(plainText(host))).join(", ")}`;
  const facts: readonly (readonly [string, string])[] = [
    ["server", `${plainText(notice.server)} at ${originWords(plainText(notice.serverUrl))}`],
    ["signs in at", `${issuerWords(notice.issuer)}${elsewhere}`],
    ["account", accountWords(notice.account, notice.identity, "last signed in as ")],
    ["client", `${plainText(notice.clientId, 120)}, ${clientWords[notice.clientKind]}`],
    ["scopes", notice.scopes.length === 0 ? "none named; the authorization server decides" : scopeWords(notice.scopes)],
    ["kept in", plainText(notice.storedIn)],
  ];
  return [...facts.map(([name, value]) => `  ${colors.dim(name.padEnd(11))}  ${value}`), ...warningLines(notice, colors)];
}

function warningLines(notice: AuthorizationNotice, colors: Colors): readonly string[] {
  const hosts = [notice.serverUrl, notice.issuer, notice.url].flatMap((url) => (URL.canParse(url) ? [new URL(url).host] : []));
  const international = [...new Set([...hosts, ...notice.endpointHosts])].filter(isInternational);
  return [
    ...international.map((host) => `  ${colors.yellow(`warning: ${hostWords(plainText(host))} has letters that can look like others; make sure that it is the host you mean`)}`),
    ...(notice.previousIssuer === undefined ? [] : [`  ${colors.yellow(`warning: this is another authorization server than before, which was ${issuerWords(notice.previousIssuer)}`)}`]),
  ];
}

/** An issuer with its path, its host in both forms where they differ. */
export function issuerWords(issuer: string): string {
  const plain = plainText(issuer);
  if (!URL.canParse(plain)) return plain;
  const { pathname } = new URL(plain);
  return `${originWords(plain)}${pathname === "/" ? "" : pathname}`;
}

/** All of them up to forty; a server may name thousands. */
export function scopeWords(scopes: readonly string[]): string {
  const shown = scopes.slice(0, 40).map((scope) => plainText(scope, 200)).join(" ");
  return scopes.length <= 40 ? shown : `${shown} … and ${scopes.length - 40} more`;
}

/** `Signed in to X as default at ISSUER; scopes a b; renewed automatically`. */
export function signedInLine(name: string, grant: GrantView, now: number): string {
  const scopes = grant.scopes.length === 0 ? "" : `; scopes ${scopeWords(grant.scopes)}`;
  return `Signed in to ${plainText(name)} as ${accountWords(grant.account, grant.identity)} at ${issuerWords(grant.issuer)}${grantWords(grant)}${scopes}; ${renewalWords(grant, now)}`;
}

/** ` by client_credentials, without a person`; nothing for the usual way. */
function grantWords({ grantType, bound }: Pick<GrantView, "grantType" | "bound">): string {
  const byMachine = machineGrants.some((machine) => machine === grantType);
  return `${byMachine ? ` by ${grantType}, without a person` : ""}${bound ? "; tokens bound to a key" : ""}`;
}

/** What happens when the access token's time is over. A02 */
export function renewalWords(grant: Pick<GrantView, "renewable" | "expiresAt">, now: number): string {
  if (grant.renewable) return "renewed automatically";
  return grant.expiresAt === undefined ? "valid until the server refuses it" : `you will be asked again at ${clockWords(grant.expiresAt, now)}`;
}

/** `expires in 12 min`, `expired 12 min ago`. */
export function expiryWords(expiresAt: number, now: number): string {
  return expiresAt > now ? `expires in ${durationWords(expiresAt - now)}` : `expired ${durationWords(now - expiresAt)} ago`;
}
