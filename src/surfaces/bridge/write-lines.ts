import type { Writable } from "node:stream";

import type { Host } from "../relay/host.ts";

/**
 * Writes messages, each on a line of its own; settles when there is room for more. Nothing else is ever written to standard output. What is written in one turn of
 * the event loop leaves at its end, together.
 */
export function writeLines(output: Writable): Host["send"] {
  let drained: Promise<void> | undefined;
  let gathering = false;
  const leave = (): void => {
    gathering = false;
    output.uncork();
  };
  return ({ text }) => {
    if (!gathering) {
      gathering = true;
      output.cork();
      setImmediate(leave);
    }
    // One write of a small message costs less than two; of a large one no other copy is made.
    const room = text.length < 64 * 1024 ? output.write(`${text}\n`) : (output.write(text), output.write("\n"));
    if (!room) drained ??= new Promise<void>((resolve) => output.once("drain", resolve)).then(() => void (drained = undefined));
    return drained ?? Promise.resolve();
  };
}
