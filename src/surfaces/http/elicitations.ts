import { randomUUID } from "node:crypto";
import type { EventEmitter } from "node:events";

/** A server's question that waits for a person. */
export interface Elicitation {
  readonly id: string;
  readonly server: string;
  /** The params of its `elicitation/create`, as the server sent them. */
  readonly request: Readonly<Record<string, unknown>>;
}

export interface ElicitationAnswer {
  readonly action: "accept" | "decline" | "cancel";
  readonly content?: Readonly<Record<string, unknown>> | undefined;
}

/** The servers' questions, and who answers them: programs that listen to events and said that a person sits there. Without any, a question is cancelled at once. */
export interface Elicitations {
  /** What a manager asks through. Never rejects. */
  ask(server: string, request: unknown): Promise<ElicitationAnswer>;
  list(): readonly Elicitation[];
  /** false: nobody waits for that one. */
  answer(id: string, answer: ElicitationAnswer): boolean;
  /** Somebody answers, until `connection` is closed; with the last one, what waits is cancelled. */
  attend(connection: Pick<EventEmitter, "once">): void;
  onChange(listener: (what: "asked" | "settled", elicitation: Elicitation) => void): void;
}

const patienceMs = 10 * 60_000;

export function createElicitations(waitMs = patienceMs): Elicitations {
  const waiting = new Map<string, { readonly elicitation: Elicitation; readonly settle: (answer: ElicitationAnswer) => void }>();
  const listeners = new Set<Parameters<Elicitations["onChange"]>[0]>();
  let attending = 0;
  const tell: Parameters<Elicitations["onChange"]>[0] = (what, elicitation) => listeners.forEach((listener) => listener(what, elicitation));
  const answer: Elicitations["answer"] = (id, given) => {
    const found = waiting.get(id);
    found?.settle(given);
    return found !== undefined;
  };
  return {
    ask: async (server, request) => {
      if (attending === 0) return { action: "cancel" };
      const elicitation: Elicitation = { id: randomUUID(), server, request: typeof request === "object" && request !== null ? { ...request } : {} };
      const answered = new Promise<ElicitationAnswer>((settle) => waiting.set(elicitation.id, { elicitation, settle }));
      const timer = setTimeout(() => answer(elicitation.id, { action: "cancel" }), waitMs).unref();
      tell("asked", elicitation);
      return answered.finally(() => {
        clearTimeout(timer);
        waiting.delete(elicitation.id);
        tell("settled", elicitation);
      });
    },
    list: () => [...waiting.values()].map(({ elicitation }) => elicitation),
    answer,
    attend: (connection) => {
      attending += 1;
      connection.once("close", () => {
        attending -= 1;
        if (attending === 0) for (const id of waiting.keys()) answer(id, { action: "cancel" });
      });
    },
    onChange: (listener) => void listeners.add(listener),
  };
}
