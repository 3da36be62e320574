import { setMaxListeners } from "node:events";

import { McpassError } from "../base/errors.ts";

export interface DeadlineOptions {
  readonly ms: number;
  readonly signal?: AbortSignal | undefined;
  /** The error when the time is over. */
  readonly expired: () => McpassError;
}

export interface Clock {
  /** Aborted when the time is over or the caller gave up. */
  readonly signal: AbortSignal;
  /** Starts the time anew, as progress does. */
  restart(): void;
  /** Stops the time while a person is asked. */
  pause(): void;
}

/**
 * Runs `work` within `ms`. Settles at the deadline even when `work` does not: with `expired()`, or `cancelled` when the caller's signal is aborted.
 * However often the clock is restarted, the whole takes at most 30 times `ms`.
 */
export async function withDeadline<T>(options: DeadlineOptions, work: (clock: Clock) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (error: McpassError): void => controller.abort(error);
  const expire = (): void => stop(options.expired());
  const cancel = (): void => stop(cancelled(options.signal));
  if (options.signal?.aborted === true) throw cancelled(options.signal);
  let timer = setTimeout(expire, options.ms);
  const whole = setTimeout(expire, Math.min(options.ms * 30, 2_147_483_647));
  manyMayListen(options.signal);
  options.signal?.addEventListener("abort", cancel, { once: true });
  const clock: Clock = {
    signal: controller.signal,
    pause: () => clearTimeout(timer),
    restart: () => {
      clearTimeout(timer);
      timer = setTimeout(expire, options.ms);
    },
  };
  try {
    return await Promise.race([work(clock), aborted(controller.signal)]);
  } catch (thrown) {
    // What the work says of the abort is an echo; the reason is the truth.
    throw controller.signal.aborted ? (controller.signal.reason as McpassError) : thrown;
  } finally {
    clearTimeout(timer);
    clearTimeout(whole);
    options.signal?.removeEventListener("abort", cancel);
  }
}

/** Settles with the work, or with `cancelled` as soon as the signal is aborted; the work itself goes on for whoever else waits for it. */
export async function orCancelled<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  if (signal.aborted) throw cancelled(signal);
  manyMayListen(signal);
  let cancel = (): void => {};
  const left = new Promise<never>((_, reject) => {
    cancel = () => reject(cancelled(signal));
    signal.addEventListener("abort", cancel, { once: true });
  });
  try {
    return await Promise.race([work, left]);
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

/** As many requests as there are share one signal; that is no leak, and no reason for Node to warn a person. */
export function manyMayListen(signal: AbortSignal | null | undefined): void {
  if (signal !== undefined && signal !== null) setMaxListeners(0, signal);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }));
}

function cancelled(signal: AbortSignal | undefined): McpassError {
  return signal?.reason instanceof McpassError ? signal.reason : new McpassError("cancelled", "Cancelled.", { cause: signal?.reason });
}
