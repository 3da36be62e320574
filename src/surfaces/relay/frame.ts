import { isRecord } from "../../connection/json-rpc.ts";
import { type Envelope, scanEnvelope, scanObject } from "./scan-envelope.ts";

export type RpcId = string | number;
export type RpcObject = Readonly<Record<string, unknown>>;

/** One JSON-RPC message as it came, on one line. What routing needs is read from it; the rest stays text. */
export interface Frame {
  readonly kind: "request" | "notification" | "response";
  /** undefined: a notification, or an error about a message that could not be read. */
  readonly id: RpcId | undefined;
  readonly method: string | undefined;
  readonly text: string;
  /** The whole message; a large one is parsed at the first call. */
  message(): RpcObject;
  /** Of a message that was not parsed: the members of its parameters or its result; undefined stands for those that are large themselves. */
  glance?(body: Body): RpcObject;
  /** Of a message that was not parsed: where its parts stand in its text. */
  readonly outline?: Envelope;
}

/** What a request says, or its answer. */
export type Body = "params" | "result";

/** Above, a message is looked over without making an object of it. In UTF-16 units. */
const parsedBelow = 256 * 1024;

/** The messages in a text, with or without a byte order mark: one, or those of a batch (2025-03-26). undefined: it is no JSON-RPC. */
export function readFrames(marked: string): readonly Frame[] | undefined {
  const text = marked.startsWith("\uFEFF") ? marked.slice(1) : marked;
  if (text.length >= parsedBelow) return readLarge(text);
  const value = parse(text);
  if (!Array.isArray(value)) return together([frameOf(value, oneLine(text))]);
  return value.length === 0 ? undefined : together(value.map(frameOfPart));
}

/** A message made here. */
export function makeFrame(message: RpcObject): Frame {
  const frame = frameOf(message, JSON.stringify(message));
  if (frame === undefined) throw new TypeError("no JSON-RPC message");
  return frame;
}

/** The parameters of a message; empty when it has none, or a list. */
export function paramsOf(frame: Frame): RpcObject {
  const { params } = frame.message();
  return isRecord(params) ? params : {};
}

/** What of them, or of a result, is to be looked at, not sent on: of a large message those of a megabyte and more are undefined, and nothing is parsed for it. */
export function glanceAt(frame: Frame, body: Body = "params"): RpcObject {
  if (frame.glance !== undefined) return frame.glance(body);
  const content = frame.message()[body];
  return isRecord(content) ? content : {};
}

/** It is an answer, and no error. */
export function hasResult(frame: Frame): boolean {
  const { outline, text } = frame;
  return outline === undefined ? isRecord(frame.message()["result"]) : outline.result !== undefined && text[outline.result] === "{";
}

function readLarge(text: string): readonly Frame[] | undefined {
  const outline = scanEnvelope(text);
  if (outline === undefined) return undefined;
  const line = oneLine(text);
  let parsed: RpcObject | undefined;
  const seen: { params?: RpcObject; result?: RpcObject } = {};
  // What stands inside may still be no JSON: that is for the other side to say.
  const frame = classify(outline, line, () => (parsed ??= (parse(line) as RpcObject | undefined) ?? {}));
  return frame === undefined ? undefined : [{ ...frame, glance: (body) => (seen[body] ??= scanObject(line, outline[body])), outline }];
}

/** Of a batch. undefined also where it is nested deeper than can be written again. */
function frameOfPart(value: unknown): Frame | undefined {
  try {
    return frameOf(value, JSON.stringify(value));
  } catch {
    return undefined;
  }
}

function frameOf(value: unknown, text: string): Frame | undefined {
  return isRecord(value) ? classify({ id: value["id"], method: value["method"], answers: "result" in value || "error" in value }, text, () => value) : undefined;
}

function classify({ id, method, answers }: { id: unknown; method: unknown; answers: boolean }, text: string, message: () => RpcObject): Frame | undefined {
  const known = typeof id === "string" || typeof id === "number" ? id : undefined;
  // Nobody could be answered under such an id, and nobody would know that it is not.
  if (typeof method === "string" && id !== undefined && known === undefined) return undefined;
  if (typeof method === "string") return { kind: known === undefined ? "notification" : "request", id: known, method, text, message };
  return answers ? { kind: "response", id: known, method: undefined, text, message } : undefined;
}

function together(frames: readonly (Frame | undefined)[]): readonly Frame[] | undefined {
  return frames.every((frame) => frame !== undefined) ? frames : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** In JSON a line end can only stand between tokens, where a space may stand too. */
export function oneLine(text: string): string {
  return text.includes("\n") || text.includes("\r") ? text.replace(/[\r\n]/g, " ") : text;
}
