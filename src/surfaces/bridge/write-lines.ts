import type { Writable } from "node:stream";

import type { Host } from "../relay/host.ts";

/**
 * Writes messages, each on a line of its own; settles when there is room for more. Nothing else is ever written to standard output. The first of a turn of the event
 * loop leaves at once, what comes after it in the same turn leaves at its end, together. After the signal nothing waits for room: a host that reads nothing any more keeps no bridge from ending.
 */
export function writeLines(output: Writable, signal: AbortSignal): Host["send"] {
  let drained: Promise<void> | undefined;
  let inTurn: "none" | "one" | "more" = "none";
  const end = (): void => {
    if (inTurn === "more") output.uncork();
    inTurn = "none";
  };
  return ({ text }) => {
    if (inTurn === "one") output.cork();
    if (inTurn === "none") setImmediate(end);
    inTurn = inTurn === "none" ? "one" : "more";
    // One write of a small message costs less than two; of a large one no other copy is made.
    const room = text.length < 64 * 1024 ? output.write(`${text}\n`) : (output.write(text), output.write("\n"));
    if (!room) drained ??= roomIn(output, signal).then(() => void (drained = undefined));
    return drained ?? Promise.resolve();
  };
}

function roomIn(output: Writable, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      output.off("drain", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    if (signal.aborted) return resolve();
    output.once("drain", done);
    signal.addEventListener("abort", done, { once: true });
  });
}
