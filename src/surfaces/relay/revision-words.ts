import { modernRevision } from "../../connection/protocol-words.ts";
import { isRecord } from "../../connection/json-rpc.ts";
import { type Frame, glanceAt, type RpcObject } from "./frame.ts";

/** The revisions that open with `initialize`, oldest first. */
export const legacyRevisions: readonly string[] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];

const prefix = "io.modelcontextprotocol/";
export const metaKeys = {
  protocolVersion: `${prefix}protocolVersion`,
  clientCapabilities: `${prefix}clientCapabilities`,
  clientInfo: `${prefix}clientInfo`,
  logLevel: `${prefix}logLevel`,
  subscriptionId: `${prefix}subscriptionId`,
  serverInfo: `${prefix}serverInfo`,
} as const;

export function metaOf(frame: Frame): RpcObject {
  const { _meta } = glanceAt(frame);
  return isRecord(_meta) ? _meta : {};
}

/** A request of 2026-07-28 says so in itself. */
export function isModern(frame: Frame): boolean {
  return frame.method === "server/discover" || typeof metaOf(frame)[metaKeys.protocolVersion] === "string";
}

/** What every request of the modern revision carries beside its own. */
export function modernMeta(capabilities: RpcObject, clientInfo: unknown): RpcObject {
  return { [metaKeys.protocolVersion]: modernRevision, [metaKeys.clientCapabilities]: capabilities, ...(isRecord(clientInfo) ? { [metaKeys.clientInfo]: clientInfo } : {}) };
}

export function objectOf(value: unknown): RpcObject {
  return isRecord(value) ? value : {};
}
