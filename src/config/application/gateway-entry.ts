import { isRawObject, type RawObject } from "../lower-entry.ts";

/** With which every token for the gateway begins: an entry of ours is told from others by it. */
export const gatewayTokenPrefix = "mcpass_gateway_";
const anyToken = new RegExp(`\\b${gatewayTokenPrefix}(?:[\\w-]{43}(?![\\w-])|…)`, "g");

/** Stands where a token does not. */
export const noToken = `${gatewayTokenPrefix}…`;

/** The name of the entry, and the server of it, that stands for all. */
export const allServers = "mcpass";

export function gatewayUrl(port: number, server: string | undefined): string {
  return `http://127.0.0.1:${String(port)}/gateway${server === undefined ? "" : `/${encodeURIComponent(server)}`}`;
}

/** The server that an entry leads to through our gateway, with a token of ours; undefined for another entry. */
export function gatewayedServer(entry: unknown): string | undefined {
  if (!holdsToken(entry) || !isRawObject(entry)) return undefined;
  const found = Object.values(entry).flatMap((value) => (typeof value === "string" ? (/^http:\/\/127\.0\.0\.1:\d+\/gateway(?:\/([^/?#]+))?$/.exec(value) ?? []) : []));
  return found.length === 0 ? undefined : decoded(found[1] ?? allServers);
}

export function holdsToken(value: unknown): boolean {
  return JSON.stringify(value ?? null).search(anyToken) !== -1;
}

/** The text with this in place of every token of ours. */
export function withToken(text: string, token: string): string {
  return text.replace(anyToken, token);
}

/** The same for the texts of an entry. */
export function entryWithToken(entry: RawObject, token: string): RawObject {
  return JSON.parse(withToken(JSON.stringify(entry), token)) as RawObject;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
