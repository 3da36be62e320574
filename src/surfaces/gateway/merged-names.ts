import { createHash } from "node:crypto";

import { isRecord } from "../../connection/json-rpc.ts";
import type { RpcObject } from "../relay/frame.ts";

/** What something of a server is called where all servers are one. */
export interface Place {
  readonly server: string;
  readonly name: string;
}

/** What clients and models take for the name of a tool. */
const longest = 64;
const plainShape = /^[A-Za-z0-9-](?:[A-Za-z0-9_-]*[A-Za-z0-9-])?$/;
const digits = "abcdefghijklmnopqrstuvwxyz234567";

/**
 * `server__tool` where that is a name that every client takes and can be read back; else a name of the same beginning with a digest, which holds three underscores together where
 * a plain one has two. The same for ever, whatever else is listed, and never the same for two.
 */
export function mergedName({ server, name }: Place): string {
  const plain = `${server}__${name}`;
  if (isPlain(server) && plainShape.test(name) && plain.length <= longest) return plain;
  const digest = digestOf(server, name);
  const head = `${clean(server, 20)}___`;
  return `${head}${clean(name, longest - head.length - digest.length - 1)}_${digest}`;
}

/** What a plain name means. undefined: it is none; see `mayMean`. */
export function readMergedName(merged: string): Place | undefined {
  const at = merged.indexOf("__");
  const place = { server: merged.slice(0, Math.max(at, 0)), name: merged.slice(at + 2) };
  return at > 0 && mergedName(place) === merged ? place : undefined;
}

/** False: nothing of this server is called like that. */
export function mayMean(merged: string, server: string): boolean {
  return merged.startsWith(`${clean(server, 20)}___`);
}

/** The first two underscores in a name are those between: no plain server has two of its own, or one at its end. */
function isPlain(server: string): boolean {
  return plainShape.test(server) && !server.includes("__");
}

function clean(text: string, most: number): string {
  return text.replace(/[^A-Za-z0-9-]+/g, "_").slice(0, most).replace(/^_+|_+$/g, "") || "x";
}

/** 60 bits in twelve letters. RFC 4648 §6 */
function digestOf(server: string, name: string): string {
  return [...createHash("sha256").update(JSON.stringify([server, name])).digest().subarray(0, 12)].map((byte) => digits[byte & 31]).join("");
}

/** A resource's URI, the template of some, or a task's id, with the server that has it. Nothing of it is written otherwise, so that a template can be filled in. */
export function mergedUri({ server, name }: Place): string {
  return `mcpass:${encodeURIComponent(server)}/${name}`;
}

/** undefined: it is no URI of ours. */
export function readMergedUri(uri: string): Place | undefined {
  const [, server, name] = /^mcpass:([^/]+)\/(.*)$/s.exec(uri) ?? [];
  try {
    return server === undefined || name === undefined ? undefined : { server: decodeURIComponent(server), name };
  } catch {
    return undefined;
  }
}

/** The addresses of resources in a result, wherever a client looks for one to read. */
export function withMergedUris(server: string, result: RpcObject): RpcObject {
  const { content, messages, contents } = result;
  return {
    ...result,
    ...(Array.isArray(content) ? { content: content.map((block) => inBlock(server, block)) } : {}),
    ...(Array.isArray(messages) ? { messages: messages.map((message) => (isRecord(message) ? { ...message, content: inBlock(server, message["content"]) } : (message as unknown))) } : {}),
    ...(Array.isArray(contents) ? { contents: contents.map((each) => withUri(server, each)) } : {}),
  };
}

function inBlock(server: string, block: unknown): unknown {
  if (!isRecord(block)) return block;
  if (block["type"] === "resource_link") return withUri(server, block);
  return block["type"] === "resource" ? { ...block, resource: withUri(server, block["resource"]) } : block;
}

function withUri(server: string, value: unknown): unknown {
  return isRecord(value) && typeof value["uri"] === "string" ? { ...value, uri: mergedUri({ server, name: value["uri"] }) } : value;
}
