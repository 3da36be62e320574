import { randomUUID } from "node:crypto";

import { findMcpassError, type McpassError } from "../../base/errors.ts";
import { modernRevision } from "../../connection/protocol-words.ts";
import type { Channel, Opening } from "./channel.ts";
import { type Frame, glanceAt, makeFrame, paramsOf } from "./frame.ts";
import type { Listening } from "./listen-desk.ts";
import { createParameterHeaders, headerValue, type ParameterHeaders } from "./parameter-headers.ts";
import { readPages } from "./pages.ts";
import { createPauses, whileUnsent } from "./pause.ts";
import type { UnderWay } from "./requests.ts";
import { metaKeys, metaOf } from "./revision-words.ts";
import { post, type Posted, type Receive, refusalFrame, streamLost, undecided, type Wire } from "./wire.ts";

const nameOf: Readonly<Record<string, string>> = { "tools/call": "name", "prompts/get": "name", "resources/read": "uri", "tasks/get": "taskId", "tasks/update": "taskId", "tasks/cancel": "taskId" };
const headerMismatch = -32_020;

/** Streamable HTTP of 2026-07-28: every request speaks for itself, and what is listened to is opened again whenever it ends. */
export class ModernChannel implements Channel {
  readonly opening: Opening;
  readonly #wire: Wire;
  readonly #onGap: () => void;
  readonly #end = new AbortController();
  readonly #parameters: ParameterHeaders;

  constructor(wire: Wire, opening: Opening, onGap: () => void) {
    this.opening = opening;
    this.#wire = wire;
    this.#onGap = onGap;
    this.#parameters = createParameterHeaders((text) => wire.warn(`${wire.place().server}: ${text}`));
  }

  async request(frame: Frame, receive: Receive, { signal }: Pick<UnderWay, "signal">): Promise<void> {
    const hear: Receive = frame.method === "tools/list" ? (message) => receive(message.kind === "response" ? this.#parameters.learn(message) : message) : receive;
    let posted = await this.#send(frame, hear, signal);
    if (posted.kind === "refused" && posted.code === headerMismatch && frame.method === "tools/call") {
      await this.#learn(frame, signal);
      posted = await this.#send(frame, hear, signal);
    }
    if (posted.kind === "broken") throw streamLost(this.#wire.place(), posted.cause);
    const said = posted.kind === "refused" && frame.id !== undefined ? refusalFrame(posted.text, frame.id) : undefined;
    if (said !== undefined) return receive(said);
    if (posted.kind === "refused") throw posted.error;
  }

  /** Nothing is told to such a server: a request is cancelled by the end of its connection, which its signal is. */
  async pass(): Promise<void> {}

  async cancel(): Promise<void> {}

  async follow({ filter, meta, tell, signal: wanted }: Listening): Promise<McpassError | undefined> {
    const signal = AbortSignal.any([wanted, this.#end.signal]);
    const pauses = createPauses(1_000, 30_000, signal);
    for (let turn = 0; ; turn += 1) {
      const id = `mcpass-listen-${randomUUID()}`;
      const frame = makeFrame({ jsonrpc: "2.0", id, method: "subscriptions/listen", params: { notifications: filter, _meta: meta } });
      try {
        const startedAt = Date.now();
        const posted = await this.#send(frame, (message) => this.#heard(message, turn, tell), signal);
        if (posted.kind === "refused" && posted.status < 500) return posted.error;
        if (Date.now() - startedAt > 10_000) pauses.reset();
      } catch (thrown) {
        const error = findMcpassError(thrown);
        if (signal.aborted) return undefined;
        if (error !== undefined && error.code !== "unreachable" && error.code !== "timed_out") return error;
      }
      if (!(await pauses.next())) return undefined;
    }
  }

  async close(): Promise<void> {
    this.#end.abort();
  }

  async #send(frame: Frame, receive: Receive, signal: AbortSignal): Promise<Posted> {
    const headers = { ...headersFor(frame), ...(frame.method === "tools/call" ? this.#parameters.headersFor(frame) : {}) };
    try {
      return await whileUnsent(() => post(this.#wire, frame.text, { headers, signal, receive, id: frame.id }), signal);
    } catch (thrown) {
      throw undecided(thrown, this.#wire.place());
    }
  }

  /** The host may have the tools from another process than this one. */
  async #learn(frame: Frame, signal: AbortSignal): Promise<void> {
    let count = 0;
    const listed = await readPages("tools", async (page) => {
      let result: unknown;
      const hear: Receive = async (answer) => {
        this.#parameters.learn(answer);
        ({ result } = answer.message());
      };
      await this.#send(makeFrame({ jsonrpc: "2.0", id: `mcpass-tools-${String(count++)}`, method: "tools/list", params: { ...page, _meta: metaOf(frame) } }), hear, signal);
      return result;
    });
    if (listed?.cut !== undefined) this.#wire.warn(`${this.#wire.place().server}: tools/list ${listed.cut}; which headers the rest of its tools want is not known.`);
  }

  async #heard(message: Frame, turn: number, tell: Listening["tell"]): Promise<void> {
    if (message.method === "notifications/subscriptions/acknowledged") return turn > 0 ? this.#onGap() : undefined;
    if (message.kind === "notification" && message.method !== undefined) await tell(message.method, paramsOf(message));
  }
}

/** The headers that repeat a request's body, for whoever routes by them. */
function headersFor(frame: Frame): Readonly<Record<string, string>> {
  const version = metaOf(frame)[metaKeys.protocolVersion];
  const named = glanceAt(frame)[nameOf[frame.method ?? ""] ?? ""];
  return {
    "mcp-protocol-version": typeof version === "string" ? version : modernRevision,
    ...(frame.method === undefined ? {} : { "mcp-method": frame.method }),
    ...(typeof named === "string" ? { "mcp-name": headerValue(named) } : {}),
  };
}
