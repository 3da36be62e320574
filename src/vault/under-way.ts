/** What a vault has begun and must not leave half done. */
export interface UnderWay {
  run<T>(work: Promise<T>): Promise<T>;
  /** `stop` is also called at the end. */
  keep(stop: () => void): () => void;
  /** Stops what is kept, then waits for what runs, at most `limitMs`. */
  settle(limitMs?: number): Promise<void>;
}

export function createUnderWay(): UnderWay {
  const running = new Set<Promise<unknown>>();
  const stops = new Set<() => void>();
  return {
    run: (work) => {
      const settled: Promise<unknown> = work.catch(() => undefined).finally(() => running.delete(settled));
      running.add(settled);
      return work;
    },
    keep: (stop) => {
      const once = (): void => {
        if (stops.delete(once)) stop();
      };
      stops.add(once);
      return once;
    },
    settle: async (limitMs = 5_000) => {
      for (const stop of [...stops]) stop();
      if (running.size === 0) return;
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise((resolve) => (timer = setTimeout(resolve, limitMs)));
      await Promise.race([Promise.all(running), limit]);
      clearTimeout(timer);
    },
  };
}
