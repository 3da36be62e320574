/** What a person pastes, each text for one taker: what comes when nobody waits any more is there for the next who does. */
export interface PasteQueue {
  /** What has come so far, one at a time; undefined: nothing. */
  poll(): string | undefined;
  /** undefined: nothing comes any more, or `signal` was aborted. */
  next(signal: AbortSignal): Promise<string | undefined>;
}

/** Reads nothing before it is first asked. */
export function queuePastes(source: AsyncIterable<string>): PasteQueue {
  const texts: string[] = [];
  const takers = new Set<() => void>();
  let pump: Promise<void> | undefined;
  const dry = new AbortController();
  const wake = (): void => {
    for (const taker of takers) taker();
  };
  const run = async (): Promise<void> => {
    try {
      for await (const text of source) {
        if (text.trim() !== "") texts.push(text);
        wake();
      }
    } finally {
      dry.abort();
      wake();
    }
  };
  const start = (): void => {
    pump ??= run().catch(() => undefined);
  };
  return {
    poll: () => (start(), texts.shift()),
    async next(signal) {
      start();
      while (texts.length === 0 && !dry.signal.aborted && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const done = (): void => (takers.delete(done), signal.removeEventListener("abort", done), resolve());
          takers.add(done);
          signal.addEventListener("abort", done, { once: true });
        });
      }
      return signal.aborted ? undefined : texts.shift();
    },
  };
}
