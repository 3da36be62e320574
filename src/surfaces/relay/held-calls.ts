import { randomUUID } from "node:crypto";

import { McpassError } from "../../base/errors.ts";
import { orCancelled } from "../../connection/deadline.ts";
import type { Frame, RpcObject } from "./frame.ts";
import type { Receive } from "./wire.ts";

type Question = readonly [key: string, asked: Frame];

/** A call at the server that may outlive the host's request for it. */
export class HeldCall {
  readonly id: string;
  readonly method: string;
  /** What the host could be asked, as its request said. */
  readonly capabilities: RpcObject;
  readonly #controller = new AbortController();
  #questions: Question[] = [];
  readonly #meanwhile: Frame[] = [];
  #answer: Frame | undefined;
  #failure: { readonly thrown: unknown } | undefined;
  #receive: Receive | undefined;
  #wake = (): void => {};

  constructor(id: string, method: string, capabilities: RpcObject) {
    this.id = id;
    this.method = method;
    this.capabilities = capabilities;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  ask(asked: Frame): void {
    this.#questions.push([`question_${randomUUID()}`, asked]);
    setTimeout(() => this.#wake(), gatherMs);
  }

  async hear(message: Frame): Promise<void> {
    if (message.kind === "response") {
      this.#answer = message;
      return this.#wake();
    }
    if (this.#receive !== undefined) return this.#receive(message);
    this.#meanwhile.push(message);
    if (this.#meanwhile.length > mostMeanwhile) this.#meanwhile.shift();
  }

  /** Ends with the work: without an answer before, that is an error. */
  async settle(work: Promise<void>): Promise<void> {
    try {
      await work;
      this.#failure = { thrown: new McpassError("protocol_failed", "The server ended the call without an answer.") };
    } catch (thrown) {
      this.#failure = { thrown };
    }
    this.#wake();
  }

  /** The answer, or what the server wants to know first; meanwhile `receive` is given what else it says, and what it said while nobody waited. Rejects with the signal's reason, and what the call failed of. */
  async next(receive: Receive, signal: AbortSignal): Promise<{ readonly kind: "answered"; readonly answer: Frame } | { readonly kind: "asked"; readonly questions: readonly Question[] }> {
    for (let said = this.#meanwhile.shift(); said !== undefined; said = this.#meanwhile.shift()) await receive(said);
    this.#receive = receive;
    try {
      for (;;) {
        if (this.#answer !== undefined) return { kind: "answered", answer: this.#answer };
        if (this.#questions.length > 0) return { kind: "asked", questions: this.#questions };
        if (this.#failure !== undefined) throw this.#failure.thrown;
        await orCancelled(new Promise<void>((resolve) => (this.#wake = resolve)), signal);
      }
    } finally {
      this.#receive = undefined;
    }
  }

  takeQuestions(): readonly Question[] {
    const taken = this.#questions;
    this.#questions = [];
    return taken;
  }

  end(): void {
    this.#controller.abort(new McpassError("cancelled", "The call is no longer wanted."));
  }
}

export interface HeldCalls {
  begin(id: string, method: string, capabilities: RpcObject): HeldCall;
  /** Of those that `may` be meant, the one that was begun last: whose a question is that comes without saying. */
  latest(may: (call: HeldCall) => boolean): HeldCall | undefined;
  /** Keeps it, for a while, until somebody shows what this gives. */
  hold(call: HeldCall): string;
  take(ticket: string): HeldCall | undefined;
  drop(call: HeldCall): void;
  end(): void;
}

/** How long a call waits for the host to come back with an answer. */
const heldMs = 10 * 60_000;
/** How much of what a server says is kept while the host is away to answer a question. */
const mostMeanwhile = 64;
/** Questions that come together are asked together. */
const gatherMs = 20;

export function createHeldCalls(): HeldCalls {
  const calls = new Set<HeldCall>();
  const tickets = new Map<string, { readonly call: HeldCall; readonly timer: NodeJS.Timeout }>();
  const drop = (call: HeldCall): void => {
    calls.delete(call);
    call.end();
  };
  return {
    begin: (id, method, capabilities) => {
      const call = new HeldCall(id, method, capabilities);
      calls.add(call);
      return call;
    },
    latest: (may) => [...calls].findLast(may),
    hold: (call) => {
      // Nobody but the host is ever given it, and it says nothing but which call is meant.
      const ticket = `mcpass-held:${randomUUID()}`;
      const timer = setTimeout(() => (tickets.delete(ticket), drop(call)), heldMs).unref();
      tickets.set(ticket, { call, timer });
      return ticket;
    },
    take: (ticket) => {
      const found = tickets.get(ticket);
      clearTimeout(found?.timer);
      tickets.delete(ticket);
      return found?.call;
    },
    drop,
    end: () => {
      for (const { timer } of tickets.values()) clearTimeout(timer);
      for (const call of calls) call.end();
    },
  };
}
