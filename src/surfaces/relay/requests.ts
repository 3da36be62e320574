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
}

/** Every request of the host ends: with its answer, with an error at its deadline, or by being cancelled. */
export interface Requests {
  run(frame: Frame, work: (underWay: UnderWay) => Promise<void>): Promise<void>;
  /** What the host no longer wants; undefined: it is not under way. */
  cancel(id: RpcId): Frame | undefined;
  /** Settles when none is under way, or after `ms`. */
  settled(ms: number): Promise<void>;
}

export const cancelledByHost = "The host cancelled it.";

export function createRequests(options: { readonly ms: number; readonly place: () => Place; readonly signal: AbortSignal }): Requests {
  const { ms, place } = options;
  const all = new Map<RpcId, { readonly frame: Frame; readonly controller: AbortController; readonly over: Promise<void> }>();
  const reason = (): McpassError => (options.signal.reason instanceof McpassError ? options.signal.reason : new McpassError("cancelled", "mcpass is ending."));
  options.signal.addEventListener("abort", () => all.forEach(({ controller }) => controller.abort(reason())), { once: true });
  return {
    run: async (frame, work) => {
      if (frame.id === undefined) return;
      const controller = new AbortController();
      const expire = (): void => controller.abort(noAnswer(place(), ms, `answer ${frame.method ?? "a request"}`));
      let timer = setTimeout(expire, ms);
      const pause = (): void => clearTimeout(timer);
      const restart = (): void => {
        pause();
        timer = setTimeout(expire, ms);
      };
      const over = work({ signal: controller.signal, restart, pause }).finally(() => {
        pause();
        if (frame.id !== undefined && all.get(frame.id)?.controller === controller) all.delete(frame.id);
      });
      all.set(frame.id, { frame, controller, over });
      await over;
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
