import { isRawObject } from "../lower-entry.ts";
import { gatewayedServer } from "./gateway-entry.ts";

/** The words of an entry that starts a program, in every application's form; empty for another entry. */
export function commandWords(entry: unknown): readonly string[] {
  if (!isRawObject(entry)) return [];
  const { command, args } = entry;
  // Zed once had both in `command`.
  if (isRawObject(command)) return [...texts([command["path"]]), ...texts(command["args"])];
  return [...texts(Array.isArray(command) ? command : [command]), ...texts(args)];
}

const ourProgram = /(?:^|[\\/])mcpass(?:\.cmd|\.exe)?$|(?:^|[\\/])mcpass[\\/](?:.*[\\/])?main\.cjs$|[\\/]dist[\\/]main\.cjs$/i;

/** The server that an entry starts a bridge of ours to; undefined for another entry. */
export function bridgedServer(entry: unknown): string | undefined {
  const words = commandWords(entry);
  const at = words.indexOf("bridge");
  return at > 0 && ourProgram.test(words[at - 1] ?? "") ? words[at + 1] : undefined;
}

/** The server that an entry leads to through us, by a bridge or the gateway; undefined for another entry. */
export function serverThroughUs(entry: unknown): string | undefined {
  return bridgedServer(entry) ?? gatewayedServer(entry);
}

/** True for an entry that leads to this address, directly or through a program that is given it. */
export function leadsTo(entry: unknown, url: string): boolean {
  return allTexts(entry).some((text) => sameAddress(text, url));
}

export function sameAddress(left: string, right: string): boolean {
  return /^https?:/i.test(left) && URL.canParse(left) && URL.canParse(right) && withoutSlash(new URL(left)) === withoutSlash(new URL(right));
}

function withoutSlash(url: URL): string {
  return `${url.origin}${url.pathname.replace(/\/$/, "")}${url.search}`;
}

/** What a server is called in an application: the strictest of them take letters, digits, - and _ only. */
export function nameThere(server: string): string {
  return server.replace(/[^A-Za-z0-9_-]+/g, "-").replace(/^-+|-+$/g, "") || "server";
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((word) => typeof word === "string") : [];
}

function allTexts(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(allTexts) : [];
}
