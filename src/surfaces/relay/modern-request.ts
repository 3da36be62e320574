import { isRecord } from "../../connection/json-rpc.ts";
import { modernRevision } from "../../connection/protocol-words.ts";
import { type Frame, makeFrame, paramsOf, type RpcObject } from "./frame.ts";
import { metaKeys, metaOf, objectOf } from "./revision-words.ts";
import { declaresTasks, missingTasks } from "./tasks.ts";

/** Requests that 2026-07-28 no longer has. */
const removed: ReadonlySet<string> = new Set(["initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe", "tasks/list", "tasks/result"]);
const ofTasks: ReadonlySet<string> = new Set(["tasks/get", "tasks/update", "tasks/cancel"]);

/** The answer to what calls itself a request of 2026-07-28 and is none; undefined: it is one. MCP 2026-07-28, basic protocol, `_meta` */
export function refuseModern(frame: Frame): Frame | undefined {
  const meta = metaOf(frame);
  const requested = meta[metaKeys.protocolVersion];
  if (typeof requested !== "string") return refusal(frame, { code: -32_602, message: `params._meta has no ${metaKeys.protocolVersion}.` });
  if (requested !== modernRevision) return refusal(frame, { code: -32_022, message: `Protocol version ${requested.slice(0, 100)} is not spoken here.`, data: { supported: [modernRevision], requested } });
  if (!isRecord(meta[metaKeys.clientCapabilities])) return refusal(frame, { code: -32_602, message: `params._meta has no ${metaKeys.clientCapabilities}.` });
  if (frame.method !== undefined && removed.has(frame.method)) return refusal(frame, { code: -32_601, message: `${frame.method} is no method of ${modernRevision}.` });
  return asksForTasks(frame) && !declaresTasks(meta[metaKeys.clientCapabilities]) ? missingTasks(frame) : undefined;
}

function asksForTasks(frame: Frame): boolean {
  const { method = "" } = frame;
  return ofTasks.has(method) || (method === "subscriptions/listen" && objectOf(paramsOf(frame)["notifications"])["taskIds"] !== undefined);
}

function refusal({ id }: Frame, error: RpcObject): Frame {
  return makeFrame({ jsonrpc: "2.0", id, error });
}
