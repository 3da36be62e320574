import { randomUUID } from "node:crypto";

import { McpassError } from "../../base/errors.ts";
import { isRecord } from "../../connection/json-rpc.ts";
import type { Channel } from "./channel.ts";
import { type Frame, glanceAt, makeFrame, type RpcObject } from "./frame.ts";
import type { Host } from "./host.ts";
import { readPages } from "./pages.ts";
import { answerAs, rebuilt } from "./rebuilt.ts";
import { untimed } from "./requests.ts";
import { objectOf } from "./revision-words.ts";
import { relatedTask, withoutRelatedTask } from "./tasks.ts";
import type { Receive, Wire } from "./wire.ts";

/** Tools of an older server that can only be called as tasks, for hosts that know no such tasks: the task is begun here and its result waited for. */
export interface TaskTools {
  /** Sends a request on: what comes of it is the answer to the call itself, never a task. */
  send(frame: Frame, receive: Receive, signal: AbortSignal): Promise<void>;
  /** The server's tools have changed. */
  forget(): void;
}

/** MCP 2025-11-25, tasks, tool-level negotiation */
export function createTaskTools(channel: Channel, { warn, place }: Pick<Wire, "warn" | "place">): TaskTools {
  let needing: Promise<ReadonlySet<unknown>> | undefined;
  /** The answer to a request of our own; whatever else comes of it goes on. */
  const ask = (method: string, params: RpcObject, signal: AbortSignal, receive?: Receive): Promise<Frame> => send(makeFrame({ jsonrpc: "2.0", id: ownId(), method, params }), signal, receive);
  const send = async (frame: Frame, signal: AbortSignal, receive: Receive = async () => {}): Promise<Frame> => {
    let answer: Frame | undefined;
    const hear: Receive = async (message) => (message.kind === "response" ? void (answer = message) : receive(message));
    await channel.request(frame, hear, untimed(signal));
    if (answer === undefined) throw new McpassError("protocol_failed", `The server did not answer ${frame.method ?? "a request"}.`);
    return answer;
  };
  const needsTask = async (frame: Frame): Promise<boolean> => {
    if (frame.method !== "tools/call" || !takesTasks(channel)) return false;
    const onCut = (why: string): void => warn(`${place().server}: tools/list ${why}; which of the rest of its tools can only be called as tasks is not known.`);
    needing ??= listNeeding((params) => ask("tools/list", params, AbortSignal.timeout(10_000)), onCut);
    const known = await needing.catch(() => (needing = undefined));
    return known?.has(glanceAt(frame)["name"]) === true;
  };
  return {
    send: async (frame, receive, signal) => {
      if (!(await needsTask(frame))) return channel.request(frame, receive, untimed(signal));
      const begun = await send(rebuilt(frame, "params", { id: ownId(), method: frame.method }, (params) => ({ ...params, task: {} })), signal, receive);
      const { taskId } = objectOf(glanceAt(begun, "result")["task"]);
      if (typeof taskId !== "string") return receive(answerAs(begun, frame.id));
      const ended = await ask("tasks/result", { taskId }, signal, receive).catch((thrown: unknown) => {
        // Nobody knows of it but us.
        void ask("tasks/cancel", { taskId }, AbortSignal.timeout(5_000)).catch(() => undefined);
        throw thrown;
      });
      await receive(answerAs(ended, frame.id));
    },
    forget: () => void (needing = undefined),
  };
}

/** A channel of an older server for an older host that is not shown which tools are only there as tasks, and hears of none. */
export function finishingTasks({ channel, wire, host }: { readonly channel: Channel; readonly wire: Pick<Wire, "warn" | "place">; readonly host: Pick<Host, "send"> }): { readonly channel: Channel; readonly receive: Receive } {
  const tools = createTaskTools(channel, wire);
  return {
    receive: (message) => {
      if (message.method === "notifications/tools/list_changed") tools.forget();
      return host.send(message);
    },
    channel: {
      opening: channel.opening,
      request: (frame, receive, underWay) =>
        frame.method !== "tools/call" || glanceAt(frame)["task"] !== undefined ? channel.request(frame, receive, underWay) : tools.send(frame, (message) => receive(unrelated(message)), underWay.signal),
      pass: (frame) => channel.pass(frame),
      cancel: (frame) => channel.cancel(frame),
      follow: (listening) => channel.follow(listening),
      close: () => channel.close(),
    },
  };
}

/** Without the task that it belongs to. */
function unrelated(message: Frame): Frame {
  if (!message.text.includes(relatedTask)) return message;
  const { params, result, ...rest } = message.message();
  return makeFrame({ ...rest, ...(isRecord(params) ? { params: withoutRelatedTask(params) } : {}), ...(isRecord(result) ? { result: withoutRelatedTask(result) } : {}) });
}

function ownId(): string {
  return `mcpass-${randomUUID()}`;
}

function takesTasks({ opening: { result } }: Channel): boolean {
  const { requests } = objectOf(objectOf(result["capabilities"])["tasks"]);
  return objectOf(objectOf(requests)["tools"])["call"] !== undefined;
}

async function listNeeding(list: (params: RpcObject) => Promise<Frame>, onCut: (why: string) => void): Promise<ReadonlySet<unknown>> {
  const listed = await readPages("tools", async (page) => (await list(page)).message()["result"]);
  if (listed?.cut !== undefined) onCut(listed.cut);
  const tools = listed?.items ?? [];
  return new Set(tools.filter(({ execution }) => objectOf(execution)["taskSupport"] === "required").map(({ name }) => name));
}
