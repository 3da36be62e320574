import type { HostEra } from "./call.ts";

/** Who calls: through a bridge of its own, or through the gateway. */
export interface StormHost {
  readonly name: string;
  /** Starts to call, in every lane, without pause. */
  start(): void;
  /** How many of its calls were answered with what the server said. */
  answers(): number;
  /** Does not read for so long, while the server has much to say. */
  doNotRead(ms: number): Promise<void>;
  /** Begins no more calls; settles when those under way have ended, or after `ms`. */
  finish(ms: number): Promise<void>;
}

export interface HostPlan {
  readonly name: string;
  readonly era: HostEra;
  /** The name of the server in the configuration. */
  readonly entry: string;
  /** What that entry has as the time of a request; undefined: what is built in. */
  readonly timeoutMs: number | undefined;
  /** How many calls it has under way. */
  readonly lanes: number;
}

/**
 * Eight kinds, one after the other, four of which are half of each: of either era; with a time of their own for requests or the one that is built in; to the server in their own era, so that messages
 * pass as they are, or in the other, so that they are translated.
 */
export function hostPlans(front: string, count: number, { first, lanes, timeoutMs }: { readonly first: number; readonly lanes: number; readonly timeoutMs: number }): readonly HostPlan[] {
  return Array.from({ length: count }, (_, number) => {
    const index = first + number;
    const era = index % 2 === 0 ? "legacy" : "modern";
    const own = (index >> 1) % 2 === 0;
    const crossed = ((index >> 1) ^ (index >> 2)) % 2 === 0;
    const other = era === "legacy" ? "modern" : "legacy";
    return { name: `${front}-${String(number)}`, era, entry: `${own ? "limited" : "usual"}${crossed ? `-${other}` : ""}`, timeoutMs: own ? timeoutMs : undefined, lanes };
  });
}

/** The servers of the configuration that the plans name: all of them the same one. */
export function entriesFor(url: string, timeoutMs: number): Readonly<Record<string, object>> {
  const times = { limited: { timeout: { execution: timeoutMs } }, usual: {} };
  const eras = { "": {}, "-legacy": { protocol: "legacy" }, "-modern": { protocol: "2026-07-28" } };
  return Object.fromEntries(Object.entries(times).flatMap(([name, time]) => Object.entries(eras).map(([suffix, era]) => [`${name}${suffix}`, { type: "remote", url, ...time, ...era }])));
}

/** Calls in so many lanes until `stop`; `once` sends one call and settles with its end. */
export function runLanes(lanes: number, once: () => Promise<void>): { stop(ms: number): Promise<void> } {
  const end = new AbortController();
  const lane = async (): Promise<void> => {
    while (!end.signal.aborted) await once();
  };
  const all = Promise.all(Array.from({ length: lanes }, lane));
  return {
    stop: async (ms) => {
      end.abort();
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([all, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
      clearTimeout(timer);
    },
  };
}
