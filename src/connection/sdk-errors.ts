import { describeCause, findMcpassError, McpassError } from "../base/errors.ts";
import { plainText, scrub } from "../base/redact.ts";
import { findAnswer } from "./json-rpc.ts";
import { httpFailure, nameOf, notMcp, type Place, processFailure, rpcFailure, whereOf } from "./server-answers.ts";

/** The SDK's errors by their shape, so that telling them apart does not load it. */
interface Foreign {
  readonly name: string;
  readonly code: unknown;
  readonly message: string;
  readonly status: number | undefined;
  readonly text: string | undefined;
  readonly cause: unknown;
}

/** Whatever a connection threw, in our words: the McpassError inside it when there is one, else what the SDK's error means. Once per error, here only. */
export function translate(thrown: unknown, place: Place, stderr: string): McpassError {
  const own = findMcpassError(thrown);
  if (own !== undefined) return own;
  const foreign = shapeOf(thrown);
  if (foreign.status !== undefined) return ofStatus(foreign, place, thrown);
  if (foreign.name === "ProtocolError" && typeof foreign.code === "number") return rpcFailure(place, { code: foreign.code, message: foreign.message }, thrown);
  if (foreign.name === "SdkError") return ofSdk(foreign, place, stderr, thrown);
  if (foreign.name === "ZodError" || foreign.name === "SyntaxError") return notMcp(place, "in a shape that MCP does not know", thrown);
  if (isSystemError(thrown)) return ofSystem(place, stderr, thrown);
  return ofWords(foreign, place, thrown);
}

/** HTTP status of an SDK error, its cause included; undefined for any other error. */
export function statusOf(thrown: unknown): { status: number; text: string | undefined } | undefined {
  for (let current = thrown, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth += 1) {
    const { status, text } = shapeOf(current);
    if (status !== undefined) return { status, text };
  }
  return undefined;
}

/** JSON-RPC code of an SDK error, also where it came as the body of an HTTP error. */
export function rpcCodeOf(thrown: unknown): number | undefined {
  const { name, code, text } = shapeOf(thrown);
  if (name === "ProtocolError" && typeof code === "number") return code;
  const answer = text === undefined ? undefined : findAnswer(text);
  return answer?.kind === "error" ? answer.code : undefined;
}

function shapeOf(thrown: unknown): Foreign {
  const { name, code, message, data, cause } = (thrown instanceof Error ? thrown : new Error(String(thrown))) as Error & { code?: unknown; data?: unknown };
  const { status, text, cause: inData } = (typeof data === "object" && data !== null ? data : {}) as { status?: unknown; text?: unknown; cause?: unknown };
  const sse = name === "Error" && message.startsWith("SSE error") && typeof code === "number" ? code : undefined;
  // Subclasses of the protocol error keep its numeric code under names of their own.
  const isProtocol = typeof code === "number" && sse === undefined && status === undefined && code < 0;
  return { name: isProtocol ? "ProtocolError" : name, code, message, status: typeof status === "number" ? status : sse, text: typeof text === "string" ? text : undefined, cause: cause ?? inData };
}

function ofStatus(foreign: Foreign, place: Place, thrown: unknown): McpassError {
  const status = foreign.status ?? 0;
  const answer = foreign.text === undefined || status >= 500 ? undefined : findAnswer(foreign.text);
  if (answer?.kind === "error") return rpcFailure(place, answer, thrown);
  const location = /Redirect to (\S+) not followed/.exec(foreign.message)?.[1];
  return httpFailure(place, status, { location, cause: thrown });
}

function ofSdk(foreign: Foreign, place: Place, stderr: string, thrown: unknown): McpassError {
  switch (foreign.code) {
    case "REQUEST_TIMEOUT":
      return new McpassError("timed_out", `${place.server} did not answer in time (${nameOf(place)}).`, { cause: thrown, details: whereOf(place) });
    case "CONNECTION_CLOSED":
    case "NOT_CONNECTED":
    case "SEND_FAILED":
      return place.url === undefined ? processFailure(place, "ended", stderr, thrown) : unreachable(place, "the connection was closed", thrown);
    case "CLIENT_HTTP_UNEXPECTED_CONTENT":
      return notMcp(place, foreign.message.replace("Unexpected content type:", "").trim(), thrown);
    case "ERA_NEGOTIATION_FAILED":
      return ofNegotiation(foreign, place, stderr, thrown);
    case "INVALID_RESULT":
    case "UNSUPPORTED_RESULT_TYPE":
      return new McpassError("protocol_failed", `${place.server} gave a result in a shape that MCP does not know (${nameOf(place)}).`, { cause: thrown, details: whereOf(place) });
    default:
      return ofWords(foreign, place, thrown);
  }
}

function ofNegotiation(foreign: Foreign, place: Place, stderr: string, thrown: unknown): McpassError {
  if (foreign.cause instanceof Error) return translate(foreign.cause, place, stderr);
  if (foreign.message.includes("connection closed")) return place.url === undefined ? processFailure(place, "ended", stderr, thrown) : unreachable(place, "the connection was closed", thrown);
  return ofWords(foreign, place, thrown);
}

function ofSystem(place: Place, stderr: string, thrown: unknown): McpassError {
  return place.url === undefined ? processFailure(place, `could not be started: ${describeCause(thrown)}`, stderr, thrown) : unreachable(place, describeCause(thrown), thrown);
}

function unreachable(place: Place, why: string, cause: unknown): McpassError {
  return new McpassError("unreachable", `The server request to ${nameOf(place)} failed: ${plainText(why)}.`, { cause, details: { ...whereOf(place), leg: "server" } });
}

function ofWords(foreign: Foreign, place: Place, cause: unknown): McpassError {
  return new McpassError("protocol_failed", `${place.server}: ${plainText(scrub(foreign.message, place.secrets))}`, { cause, details: whereOf(place) });
}

/** A failure of the network or of starting a process: it, or what caused it, has a system code, or it is fetch's own TypeError. */
function isSystemError(thrown: unknown): boolean {
  for (let current = thrown, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth += 1) {
    const { code } = current as { code?: unknown };
    if ((typeof code === "string" && /^E[A-Z0-9_]+$|^UND_ERR/.test(code)) || (current instanceof TypeError && current.message === "fetch failed")) return true;
  }
  return false;
}
