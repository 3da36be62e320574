import { McpassError } from "../../base/errors.ts";
import { orCancelled, withDeadline } from "../../connection/deadline.ts";
import { noAnswer, type Place } from "../../connection/server-answers.ts";
import type { Channel } from "./channel.ts";
import { createPauses } from "./pause.ts";
import { needsSignIn } from "./sign-in-gate.ts";

export interface LineOptions {
  readonly open: (signal: AbortSignal) => Promise<Channel>;
  readonly onOpened: (channel: Channel) => void;
  readonly place: () => Place;
  readonly connectMs: number;
  readonly signal: AbortSignal;
}

/** The one channel to the server: opened when it is needed, kept, and tried again in the background while it cannot be had. */
export interface Line {
  /** Throws what opening throws; `timed_out` after the connect time. */
  channel(signal?: AbortSignal): Promise<Channel>;
  /** The channel that is open. */
  current(): Channel | undefined;
  /** Tries until it is open, unless a sign-in is what it lacks. */
  keepTrying(): void;
  /** The next request opens a new one: this one was begun as somebody else. */
  reset(): void;
  close(): Promise<void>;
}

export function createLine({ open, onOpened, place, connectMs, signal }: LineOptions): Line {
  let live: Channel | undefined;
  let opening: Promise<Channel> | undefined;
  let trying = false;
  let generation = 0;
  const begin = async (): Promise<Channel> => {
    const turn = generation;
    const channel = await withDeadline({ ms: connectMs, signal, expired: () => noAnswer(place(), connectMs, "finish connecting") }, (clock) => open(clock.signal));
    if (turn !== generation || signal.aborted) {
      void channel.close();
      if (signal.aborted) throw new McpassError("cancelled", "Cancelled.");
      return begin();
    }
    live = channel;
    onOpened(channel);
    return channel;
  };
  const channel = (until?: AbortSignal): Promise<Channel> => {
    if (live !== undefined) return Promise.resolve(live);
    opening ??= begin().finally(() => (opening = undefined));
    return orCancelled(opening, until);
  };
  return {
    channel,
    current: () => live,
    keepTrying: () => {
      if (trying) return;
      trying = true;
      const pauses = createPauses(1_000, 60_000, signal);
      void tryUntilOpen(channel, pauses).finally(() => (trying = false));
    },
    reset: () => {
      generation += 1;
      void live?.close();
      live = undefined;
    },
    close: async () => {
      generation += 1;
      await live?.close();
    },
  };
}

async function tryUntilOpen(channel: () => Promise<Channel>, pauses: ReturnType<typeof createPauses>): Promise<void> {
  while (await pauses.next()) {
    try {
      await channel();
      return;
    } catch (thrown) {
      if (needsSignIn(thrown) !== undefined) return;
    }
  }
}
