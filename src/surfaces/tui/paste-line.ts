/** Texts that a person pastes while something waits for them, one after the other, until it is ended. */
export interface PasteLine extends AsyncIterable<string> {
  push(text: string): void;
  end(): void;
}

export function createPasteLine(): PasteLine {
  const waiting: string[] = [];
  let wake: (() => void) | undefined;
  let ended = false;
  return {
    push: (text) => {
      waiting.push(text);
      wake?.();
    },
    end: () => {
      ended = true;
      wake?.();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const text = waiting.shift();
        if (text !== undefined) yield text;
        else if (ended) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}
