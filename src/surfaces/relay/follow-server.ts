import type { McpassError } from "../../base/errors.ts";
import type { Channel } from "./channel.ts";
import type { Listening } from "./listen-desk.ts";
import { createPauses } from "./pause.ts";

export interface Follower {
  readonly channel: (signal: AbortSignal) => Promise<Channel>;
  /** The error, where a sign-in is what it takes. */
  readonly trouble: (thrown: unknown) => McpassError | undefined;
  readonly signedIn: (signal: AbortSignal) => Promise<void>;
}

/** What a host listens to is followed on every channel there is while it listens, also on those opened after a sign-in. */
export async function followServer({ channel, trouble, signedIn }: Follower, listening: Listening): Promise<void> {
  const { signal } = listening;
  const pauses = createPauses(1_000, 60_000, signal);
  do {
    try {
      const error = await (await channel(signal)).follow(listening);
      if (error !== undefined && trouble(error) === undefined) return;
      if (error !== undefined) await signedIn(signal);
    } catch (thrown) {
      if (trouble(thrown) !== undefined) await signedIn(signal).catch(() => undefined);
    }
  } while (await pauses.next());
}
