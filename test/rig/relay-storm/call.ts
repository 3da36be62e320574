import { type Message, modernMeta } from "../stdio-host.ts";

export type HostEra = "legacy" | "modern";

/** One call of a host's: `key` is its own in the whole storm, `id` counts within its host. */
export interface Call {
  readonly id: number;
  readonly key: string;
  /** The server answers with more than anybody can keep who does not read. */
  readonly flood: boolean;
}

export const toolName = "work";

/** The text of the one right answer. */
export function rightText(key: string): string {
  return `done ${key}`;
}

export function callMessage({ id, key, flood }: Call, era: HostEra, hostName: string): Message {
  const progressToken = tokenOf(id);
  const meta = era === "modern" ? openMeta(hostName, { progressToken }) : { _meta: { progressToken } };
  return { id, method: "tools/call", params: { name: toolName, arguments: { key, ...(flood ? { flood } : {}) }, ...meta } };
}

/** The first thing that is said: with it a host of an older revision opens its session. */
export function helloMessage(id: number, era: HostEra, hostName: string): Message {
  if (era === "modern") return { id, method: "server/discover", params: openMeta(hostName, {}) };
  return { id, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: hostName, version: "1" } } };
}

export function tokenOf(id: number): string {
  return `token-${String(id)}`;
}

export function idOfToken(token: unknown): number | undefined {
  const [, id] = /^token-(\d+)$/.exec(String(token)) ?? [];
  return id === undefined ? undefined : Number(id);
}

function openMeta(name: string, more: object): { readonly _meta: object } {
  const { _meta } = modernMeta({}, { "io.modelcontextprotocol/clientInfo": { name, version: "1" }, ...more }) as { readonly _meta: object };
  return { _meta };
}
