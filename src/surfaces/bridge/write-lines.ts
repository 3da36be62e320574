import type { Writable } from "node:stream";

import type { Host } from "../relay/host.ts";
import { TextWriter } from "../relay/text-writer.ts";

/**
 * Writes messages, each on a line of its own; settles when there is room for more. Nothing else is ever written to standard output. The first of a turn of the event
 * loop leaves at once, what comes after it in the same turn leaves at its end, together. After the signal nothing waits for room: a host that reads nothing any more keeps no bridge from ending.
 */
export function writeLines(output: Writable, signal: AbortSignal): Host["send"] {
  const writer = new TextWriter(output, signal);
  let inTurn: "none" | "one" | "more" = "none";
  const end = (): void => {
    if (inTurn === "more") output.uncork();
    inTurn = "none";
  };
  return ({ text }) => {
    if (inTurn === "one") output.cork();
    if (inTurn === "none") setImmediate(end);
    inTurn = inTurn === "none" ? "one" : "more";
    return writer.write(text, "", "\n");
  };
}
