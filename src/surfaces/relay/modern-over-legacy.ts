import { randomUUID } from "node:crypto";

import { McpassError } from "../../base/errors.ts";
import { isRecord } from "../../connection/json-rpc.ts";
import type { Channel } from "./channel.ts";
import { type Frame, glanceAt, hasResult, makeFrame, paramsOf, type RpcObject } from "./frame.ts";
import { createHeldCalls, type HeldCall, type HeldCalls } from "./held-calls.ts";
import type { ListenDesk } from "./listen-desk.ts";
import { mayAsk } from "./may-ask.ts";
import { rebuilt } from "./rebuilt.ts";
import { type UnderWay, untimed } from "./requests.ts";
import { metaKeys, metaOf, objectOf } from "./revision-words.ts";
import { createTaskTools, type TaskTools } from "./task-tools.ts";
import { refuseTasks, withoutRelatedTask } from "./tasks.ts";
import type { Receive, Wire } from "./wire.ts";

interface Parts {
  readonly channel: Channel;
  readonly desk: ListenDesk;
  readonly wire: Pick<Wire, "warn" | "place">;
}

/** Only these may be asked back. MCP 2026-07-28, InputRequiredResult */
const mayAskBack: ReadonlySet<string> = new Set(["tools/call", "prompts/get", "resources/read"]);
const retryWord = "mcpass-retry";

/**
 * A host of 2026-07-28 in front of a server that opens with `initialize`. What the server asks in the midst of a call becomes the answer to it; the call is held
 * at the server until the host asks again with what was wanted.
 */
export function createModernOverLegacy({ channel, desk, wire }: Parts): { readonly channel: Channel; readonly receive: Receive } {
  const calls = createHeldCalls();
  const end = new AbortController();
  const answerServer = (asked: Frame, content: RpcObject): Promise<void> => channel.pass(makeFrame({ jsonrpc: "2.0", id: asked.id, ...content })).catch(() => undefined);
  /** One question of the server's: answered here, refused, or kept for the host. */
  const question = async (asked: Frame, call: HeldCall | undefined): Promise<void> => {
    if (asked.method === "ping") return answerServer(asked, { result: {} });
    if (call === undefined || !canBeAsked(call, asked)) return answerServer(asked, { error: { code: -32_601, message: `The client cannot be asked ${String(asked.method)} here.` } });
    call.ask(asked);
  };
  const setLevel = createLevel(channel);
  const tools = createTaskTools(channel, wire);
  return {
    receive: async (message) => {
      if (message.kind === "request") return question(message, calls.latest((call) => canBeAsked(call, message)));
      if (message.method === "notifications/tools/list_changed") tools.forget();
      if (message.kind === "notification" && message.method !== undefined) desk.emit(message.method, paramsOf(message));
    },
    channel: {
      opening: channel.opening,
      request: async (frame, receive, underWay) => {
        const refused = refuseTasks(frame);
        if (refused !== undefined) return receive(refused);
        const { requestState } = glanceAt(frame);
        const held = typeof requestState === "string" ? calls.take(requestState) : undefined;
        if (held === undefined && typeof requestState === "string" && requestState !== retryWord) return receive(unknownState(frame));
        const call = held ?? begin(tools, calls, await setLevel(frame, underWay), question);
        if (held !== undefined) await resume(held, objectOf(paramsOf(frame)["inputResponses"]), answerServer);
        await attached(channel, calls, call, { frame, receive, underWay });
      },
      pass: async () => {},
      cancel: async () => {},
      follow: (listening) => followResources(channel, listening.filter, AbortSignal.any([listening.signal, end.signal])),
      close: async () => {
        calls.end();
        end.abort();
        await channel.close();
      },
    },
  };
}

function canBeAsked({ method, capabilities }: HeldCall, asked: Frame): boolean {
  return mayAskBack.has(method) && mayAsk(capabilities, asked.method, paramsOf(asked));
}

/** Sends the call on its way, under an id of its own: it may outlive the request that began it. */
function begin(tools: TaskTools, calls: HeldCalls, frame: Frame, question: (asked: Frame, call: HeldCall) => Promise<void>): HeldCall {
  const id = `mcpass-${randomUUID()}`;
  const call = calls.begin(id, frame.method ?? "", objectOf(metaOf(frame)[metaKeys.clientCapabilities]));
  const sent = rebuilt(frame, "params", { id, method: frame.method }, ({ requestState: _state, inputResponses: _responses, task: _task, _meta, ...params }) => {
    const meta = Object.fromEntries(Object.entries(objectOf(_meta)).filter(([key]) => !key.startsWith("io.modelcontextprotocol/")));
    return { ...params, ...(Object.keys(meta).length === 0 ? {} : { _meta: meta }) };
  });
  const receive: Receive = (message) => (message.kind === "request" ? question(message, call) : call.hear(message));
  void call.settle(tools.send(sent, receive, call.signal));
  return call;
}

/** Waits for what comes next of the call, its answer or a question, and gives it to the host as the answer to this request. */
async function attached(channel: Channel, calls: HeldCalls, call: HeldCall, { frame, receive, underWay }: { readonly frame: Frame; readonly receive: Receive; readonly underWay: UnderWay }): Promise<void> {
  const leave = (): void => {
    calls.drop(call);
    void channel.cancel(makeFrame({ jsonrpc: "2.0", id: call.id, method: frame.method })).catch(() => undefined);
  };
  underWay.signal.addEventListener("abort", leave, { once: true });
  try {
    const hear: Receive = async (message) => (isUnwantedLog(message, frame) ? undefined : receive(tokened(message, frame)));
    const next = await call.next(hear, underWay.signal);
    if (next.kind === "asked") {
      const inputRequests = Object.fromEntries(next.questions.map(([key, asked]) => [key, { method: asked.method, params: withoutRelatedTask(withoutId(paramsOf(asked))) }]));
      return await receive(makeFrame({ jsonrpc: "2.0", id: frame.id, result: { resultType: "input_required", inputRequests, requestState: calls.hold(call) } }));
    }
    calls.drop(call);
    await receive(toModern(next.answer, frame));
  } catch (thrown) {
    calls.drop(call);
    throw thrown;
  } finally {
    underWay.signal.removeEventListener("abort", leave);
  }
}

/** Who names no level wants no log; older servers log until they are told otherwise. */
function isUnwantedLog({ method }: Frame, asking: Frame): boolean {
  return method === "notifications/message" && metaOf(asking)[metaKeys.logLevel] === undefined;
}

/** Progress names the request that waits now: the server knows only the token of the one that began the call. */
function tokened(message: Frame, asking: Frame): Frame {
  const token = metaOf(asking)["progressToken"];
  const said = message.method === "notifications/progress" ? paramsOf(message) : {};
  if (token === undefined || said["progressToken"] === undefined || said["progressToken"] === token) return message;
  return makeFrame({ ...message.message(), params: { ...said, progressToken: token } });
}

async function resume(call: HeldCall, responses: RpcObject, answerServer: (asked: Frame, content: RpcObject) => Promise<void>): Promise<void> {
  for (const [key, asked] of call.takeQuestions()) {
    const answer = responses[key];
    await answerServer(asked, isRecord(answer) ? { result: answer } : { error: { code: -32_000, message: "The client did not answer." } });
  }
}

function toModern(answer: Frame, asked: Frame): Frame {
  const { id, method } = asked;
  if (!hasResult(answer)) return makeFrame({ jsonrpc: "2.0", id, ...modernError(objectOf(answer.message()["error"])) });
  if (method === "tools/list") return makeFrame({ jsonrpc: "2.0", id, result: modernResult(withoutTaskSupport(objectOf(answer.message()["result"])), true) });
  return rebuilt(answer, "result", { id }, (result) => modernResult(result, method === "resources/read" || method?.endsWith("/list") === true));
}

function modernResult(result: RpcObject, kept: boolean): RpcObject {
  return { resultType: "complete", ...(kept ? { ttlMs: 0, cacheScope: "private" } : {}), ...withoutRelatedTask(result) };
}

/** A tool of 2026-07-28 does not say whether it may be a task. */
function withoutTaskSupport(listed: RpcObject): RpcObject {
  const { tools } = listed;
  return Array.isArray(tools) ? { ...listed, tools: tools.map((tool) => ({ ...objectOf(tool), execution: undefined })) } : listed;
}

/** An address that must be opened first (2025-11-25) is asked for; the request is then sent again as a new one. */
function modernError(error: RpcObject): RpcObject {
  const { elicitations } = objectOf(error["data"]);
  if (error["code"] === -32_042 && Array.isArray(elicitations)) {
    const inputRequests = Object.fromEntries(elicitations.map((each, index) => [`open_${String(index)}`, { method: "elicitation/create", params: withoutId(objectOf(each)) }]));
    return { result: { resultType: "input_required", inputRequests, requestState: retryWord } };
  }
  return { error: error["code"] === -32_002 ? { ...error, code: -32_602 } : error };
}

function withoutId(params: RpcObject): RpcObject {
  const { elicitationId: _id, ...rest } = params;
  return rest;
}

function unknownState(frame: Frame): Frame {
  return makeFrame({ jsonrpc: "2.0", id: frame.id, error: { code: -32_602, message: "This requestState is unknown: the call it belonged to is over. Call again." } });
}

/** Asks for log messages of the level that the host's requests name, once for each change. */
function createLevel(channel: Channel): (frame: Frame, underWay: UnderWay) => Promise<Frame> {
  let level: unknown;
  return async (frame, underWay) => {
    const wanted = metaOf(frame)[metaKeys.logLevel];
    if (wanted === undefined || wanted === level || objectOf(channel.opening.result["capabilities"])["logging"] === undefined) return frame;
    level = wanted;
    await channel.request(makeFrame({ jsonrpc: "2.0", id: `mcpass-${randomUUID()}`, method: "logging/setLevel", params: { level } }), async () => {}, underWay);
    return frame;
  };
}

async function followResources(channel: Channel, filter: RpcObject, signal: AbortSignal): Promise<McpassError | undefined> {
  const uris = Array.isArray(filter["resourceSubscriptions"]) ? filter["resourceSubscriptions"].filter((uri) => typeof uri === "string") : [];
  const tell = (method: string, uri: string, until: AbortSignal): Promise<void> =>
    channel.request(makeFrame({ jsonrpc: "2.0", id: `mcpass-${randomUUID()}`, method, params: { uri } }), async () => {}, untimed(until));
  try {
    for (const uri of uris) await tell("resources/subscribe", uri, signal);
    await new Promise<void>((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true })));
    for (const uri of uris) await tell("resources/unsubscribe", uri, AbortSignal.timeout(5_000)).catch(() => undefined);
    return undefined;
  } catch (thrown) {
    return thrown instanceof McpassError ? thrown : undefined;
  }
}
