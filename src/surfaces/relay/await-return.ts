import { randomUUID } from "node:crypto";

import type { Channel } from "./channel.ts";
import { type Frame, makeFrame, paramsOf } from "./frame.ts";
import type { Line } from "./line.ts";
import { createPauses } from "./pause.ts";
import { untimed } from "./requests.ts";
import { needsSignIn } from "./sign-in-gate.ts";

export interface ReturnParts {
  readonly line: Line;
  readonly signal: AbortSignal;
  /** It answers again, without having been opened anew. */
  readonly onBack: () => void;
}

/** How long one that was gone may take to answer. */
const askedMs = 10_000;

/** For a server that has gone since it was opened: a list that it did not take is asked of it again, with growing pauses, until it answers. One at a time. */
export function createReturn(parts: ReturnParts): (list: Frame) => void {
  let asking = false;
  return (list) => {
    if (asking) return;
    asking = true;
    void askUntilBack(parts, list).finally(() => (asking = false));
  };
}

async function askUntilBack({ line, signal, onBack }: ReturnParts, list: Frame): Promise<void> {
  const pauses = createPauses(1_000, 60_000, signal);
  while (await pauses.next()) {
    const channel = line.current();
    // One that is opened anew tells by itself.
    if (channel === undefined) return;
    if (await answers(channel, list, signal)) return onBack();
  }
}

/** A server that wants a sign-in is there. */
function answers(channel: Channel, list: Frame, signal: AbortSignal): Promise<boolean> {
  const again = makeFrame({ ...list.message(), id: `mcpass-${randomUUID()}`, params: { ...paramsOf(list), cursor: undefined } });
  return channel.request(again, async () => {}, untimed(AbortSignal.any([signal, AbortSignal.timeout(askedMs)]))).then(
    () => true,
    (thrown: unknown) => needsSignIn(thrown) !== undefined,
  );
}
