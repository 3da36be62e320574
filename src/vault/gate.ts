/** Lets some in at a time, in the order of their coming. */
export interface Gate {
  /** What lets the next one in, to be called once; undefined: not within `waitMs`. */
  enter(waitMs: number): Promise<(() => void) | undefined>;
  /** Nobody is inside or waiting. */
  isIdle(): boolean;
}

export function createGate(capacity: number): Gate {
  const waiting: (() => void)[] = [];
  let inside = 0;
  // Who waits takes over the place of who leaves: nobody who comes in between gets in.
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) inside -= 1;
    else next();
  };
  return {
    isIdle: () => inside === 0 && waiting.length === 0,
    async enter(waitMs) {
      if (inside < capacity) inside += 1;
      else if (!(await waitForTurn(waiting, waitMs))) return undefined;
      return leave;
    },
  };
}

function waitForTurn(waiting: (() => void)[], waitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const turn = (): void => {
      clearTimeout(timer);
      resolve(true);
    };
    const timer = setTimeout(() => {
      waiting.splice(waiting.indexOf(turn), 1);
      resolve(false);
    }, waitMs);
    waiting.push(turn);
  });
}
