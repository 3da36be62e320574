import { McpassError } from "../../base/errors.ts";
import { noAnswer, type Place } from "../../connection/server-answers.ts";
import type { Frame, RpcId } from "./frame.ts";

/** A request of the host's that is under way. */
export interface UnderWay {
  /** Aborted by its deadline or by the host. The reason is a McpassError. */
  readonly signal: AbortSignal;
  /** Something came for it: the time starts anew. */
  restart(): void;
  /** The time stands still, while a person is asked. */
  pause(): void;
  /** The same until the host has answered this question of the server's, which may be for a person. */
  asked(question: RpcId): void;
}

/** What is asked for a reason of the relay's own, and has no time but its signal's. */
export function untimed(signal: AbortSignal): UnderWay {
  const nothing = (): void => {};
  return { signal, restart: nothing, pause: nothing, asked: nothing };
}

/** Every request of the host ends: with its answer, with an error at its deadline, or by being cancelled. */
export interface Requests {
  run(frame: Frame, work: (underWay: UnderWay) => Promise<void>): Promise<void>;
  /** The host has answered something that a server asked. */
  answered(question: RpcId): void;
  /** What the host no longer wants; undefined: it is not under way. */
  cancel(id: RpcId): Frame | undefined;
  /** Settles when none is under way, or after `ms`. */
  settled(ms: number): Promise<void>;
}

export const cancelledByHost = "The host cancelled it.";

export function createRequests(options: { readonly ms: number; readonly place: () => Place; readonly signal: AbortSignal }): Requests {
  const { ms, place } = options;
  const all = new Map<RpcId, { readonly frame: Frame; readonly controller: AbortController; readonly over: Promise<void> }>();
  const questions = new Map<RpcId, () => void>();
  options.signal.addEventListener("abort", () => all.forEach(({ controller }) => controller.abort(left(options.signal.reason, place()))), { once: true });
  return {
    run: async (frame, work) => {
      if (frame.id === undefined) return;
      const controller = new AbortController();
      const expire = (): void => controller.abort(noAnswer(place(), ms, `answer ${frame.method ?? "a request"}`));
      const clock = startClock(ms, expire, questions);
      const over = work({ signal: controller.signal, ...clock }).finally(() => {
        clock.stop();
        if (frame.id !== undefined && all.get(frame.id)?.controller === controller) all.delete(frame.id);
      });
      all.set(frame.id, { frame, controller, over });
      await over;
    },
    answered: (question) => {
      const goOn = questions.get(question);
      questions.delete(question);
      goOn?.();
    },
    cancel: (id) => {
      const found = all.get(id);
      found?.controller.abort(new McpassError("cancelled", cancelledByHost));
      return found?.frame;
    },
    settled: async (limitMs) => {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)));
      await Promise.race([late, Promise.allSettled([...all.values()].map(({ over }) => over))]);
      clearTimeout(timer);
    },
  };
}

/** The time of one request, which stands still while a question of the server's waits for the host. */
function startClock(ms: number, expire: () => void, questions: Map<RpcId, () => void>): Omit<UnderWay, "signal"> & { stop(): void } {
  const own = new Set<RpcId>();
  let isOver = false;
  let timer = setTimeout(expire, ms);
  const pause = (): void => clearTimeout(timer);
  const restart = (): void => {
    pause();
    if (own.size === 0 && !isOver) timer = setTimeout(expire, ms);
  };
  return {
    pause,
    restart,
    asked: (question) => {
      pause();
      own.add(question);
      questions.set(question, () => {
        own.delete(question);
        restart();
      });
    },
    stop: () => {
      isOver = true;
      pause();
      for (const question of own) questions.delete(question);
    },
  };
}

/** A request that is under way when its session or program ends. */
function left(reason: unknown, { server }: Place): McpassError {
  const why = reason instanceof McpassError ? reason.message : "mcpass is ending.";
  return new McpassError("cancelled", `${why} Whether ${server} did what was asked is not known.`);
}
