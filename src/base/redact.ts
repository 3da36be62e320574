/** What may be shown of texts, URLs and secrets that came from elsewhere. */

// Control characters, the C1 block, line separators and the bidirectional overrides that can turn a shown name around.
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g;
// eslint-disable-next-line no-control-regex -- terminal escape sequences are what this removes
const escapeSequence = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-_])/g;

/** One printable line of foreign text: no escape sequences, no control characters, at most `limit` characters. */
export function plainText(text: string, limit = 300): string {
  const line = text.replace(escapeSequence, "").replace(unprintable, " ").replace(/ {2,}/g, " ").trim();
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
}

const secretParameter = /^(code|state|access_token|refresh_token|id_token|token|client_secret|client_assertion|subject_token|actor_token|device_code|code_verifier|assertion|password|api[-_]?key|key|sig|signature)$/i;
// As in tavilyApiKey, access_key, X-Auth-Token: the last word of a name says what it is.
const secretEnding = /(?:[a-z\d](?:Key|Token|Secret|Password)|[-_.](?:[Kk]ey|[Tt]oken|[Ss]ecret|[Pp]assword))$/;

/** Stands where a secret was. */
const gap = "…";

/** A URL as it may be shown: no user info, no fragment, and the values of parameters that carry secrets replaced by `…`. */
export function showUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  // What has no host (javascript:, data:) is not taken apart.
  if (parsed === undefined || parsed.host === "") return plainText(url, 200);
  const query = [...parsed.searchParams].map(([name, value]) => `${encodeURIComponent(name)}=${isSecret(name) ? gap : encodeURIComponent(value)}`);
  return plainText(`${parsed.protocol}//${parsed.host}${parsed.pathname === "/" && query.length === 0 ? "" : parsed.pathname}${query.length === 0 ? "" : `?${query.join("&")}`}`, 300);
}

/**
 * `text` with every known secret replaced by `[secret]`, also where it is percent-encoded, base64 (alone or inside a longer text) or JSON-escaped
 * (an issuer that echoes a request does any of these). Secrets under 4 characters are left: they would blank out ordinary words. Z05
 */
export function scrub(text: string, secrets: readonly (string | undefined)[]): string {
  let shown = text;
  for (const form of secrets.flatMap(formsOf).sort((a, b) => b.length - a.length)) shown = shown.replaceAll(form, "[secret]");
  return shown;
}

/** What must not be shown of configured headers: each value, and the credential after its scheme. */
export function headerSecrets(headers: Readonly<Record<string, string>> = {}): readonly string[] {
  return Object.values(headers).flatMap((value) => [value, value.slice(value.lastIndexOf(" ") + 1)]);
}

/** Foreign words may quote requests: credentials after a scheme or a telling name, and anything long and random, are replaced. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/\b(bearer|basic|dpop)\s+[\w.~+/=-]{4,}/gi, "$1 …")
    .replace(/\b(code|state|access_token|refresh_token|id_token|token|client_secret|code_verifier|assertion|password|api[-_]?key|authorization)(["']?\s*[=:]\s*["']?)[^\s"'&,;}]+/gi, "$1$2…")
    .replace(/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, "…");
}

/** What must not be shown of configured parameters: the values of those whose names carry secrets. */
export function parameterSecrets(parameters: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(parameters).flatMap(([name, value]) => (isSecret(name) ? [value] : []));
}

/** What must not be shown of an address: the values of parameters whose names carry secrets. */
export function addressSecrets(url: string): readonly string[] {
  return URL.canParse(url) ? [...new URL(url).searchParams].flatMap(([name, value]) => (isSecret(name) ? [value] : [])) : [];
}

/** A server's address or name as it may be shown: as it was written, where nothing in it is a secret; else as `showUrl` has it. */
export function shownAddress(word: string): string {
  const { username, password } = URL.canParse(word) ? new URL(word) : { username: "", password: "" };
  return addressSecrets(word).length === 0 && username === "" && password === "" ? word : showUrl(word);
}

/** The address without the parameters whose names carry secrets. */
export function withoutAddressSecrets(url: string): string {
  const parsed = new URL(url);
  const secret = [...parsed.searchParams.keys()].filter(isSecret);
  // Deleting writes the whole query anew, also where there is nothing to delete.
  for (const name of secret) parsed.searchParams.delete(name);
  return secret.length === 0 ? url : parsed.href;
}

/** Whether an address was copied from where it was shown, without its secrets. */
export function hasGap(url: string): boolean {
  return addressSecrets(url).includes(gap);
}

/** What a person is told behind a command with such an address in it. */
export const gapWords = `(${gap} stands for what is not shown: give the whole address)`;

function isSecret(name: string): boolean {
  return secretParameter.test(name) || secretEnding.test(name);
}

function formsOf(secret: string | undefined): readonly string[] {
  if (secret === undefined || secret.length < 4) return [];
  const bytes = new TextEncoder().encode(secret);
  // A foreign secret may hold lone surrogates: it is sent without them, and encodeURIComponent throws at them.
  const sent = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const encoded = encodeURIComponent(sent);
  const base64 = base64Forms(bytes);
  const escaped = JSON.stringify(secret).slice(1, -1);
  return [...new Set([secret, sent, encoded, encoded.toLowerCase(), encoded.replaceAll("%20", "+"), ...base64, ...base64.map(urlSafe), escaped])];
}

/** The base64 of these bytes, with and without padding, and what is the same of it wherever they stand in a longer text (`id:secret` of Basic). */
function base64Forms(bytes: Uint8Array): readonly string[] {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const inside = [0, 1, 2].map((offset) => btoa("\0".repeat(offset) + text).slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + text.length) * 8) / 6)));
  const whole = btoa(text);
  return [whole, whole.replace(/=+$/, ""), ...inside];
}

function urlSafe(base64: string): string {
  return base64.replaceAll("+", "-").replaceAll("/", "_");
}
