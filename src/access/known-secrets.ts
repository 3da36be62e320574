import { headerSecrets, parameterSecrets } from "../base/redact.ts";
import { secretForms } from "../config/grant-keys.ts";
import type { RemoteEntry } from "../config/server-entry.ts";
import type { Grant } from "../vault/vault-record.ts";

/** Everything in an entry that must never be shown, as it stands there: what files hold and programs print is known when they were read. Z05 */
export function entrySecrets({ headers, oauth, tls }: RemoteEntry): readonly string[] {
  const settings = typeof oauth === "object" ? oauth : {};
  const configured = Object.values(secretForms).map(([value]) => settings[value]);
  const texts = [...configured, settings.registrationAccessToken, tls?.passphrase, ...Object.values(settings.tokenParams ?? {})].filter((text) => text !== undefined);
  return [...headerSecrets(headers), ...headerSecrets(settings.headers), ...parameterSecrets(settings.authorizationParams ?? {}), ...texts.flatMap(withParts)];
}

/** Everything in a stored grant that must never be shown, what is in quarantine included. */
export function grantSecrets(grant: Grant | undefined): readonly string[] {
  if (grant === undefined) return [];
  const { tokens, registration, dpopKey, ended } = grant;
  const sets = [tokens, ended?.quarantined].flatMap((set) => [set?.accessToken, set?.refreshToken, set?.idToken]);
  return [...sets, registration.clientSecret, registration.registrationAccessToken, dpopKey?.d].filter((secret) => secret !== undefined);
}

/** A key is secret in its parts too: the lines of a PEM (joined as they are in a JWK), the private members of a JWK. */
export function withParts(secret: string): readonly string[] {
  const lines = secret.includes("-----BEGIN") ? secret.split(/\s*\n\s*/).filter((line) => line.length >= 16 && !line.startsWith("-----")) : [];
  const members = secret.trimStart().startsWith("{") ? [...secret.matchAll(/"(?:d|p|q|dp|dq|qi|k)"\s*:\s*"([^"]+)"/g)].map(([, value = ""]) => value) : [];
  return [secret, ...lines, ...(lines.length > 1 ? [lines.join("")] : []), ...members];
}
