import type { McpassError } from "../../base/errors.ts";
import { timeOf } from "./fact-words.ts";
import type { Line } from "./lines.tsx";
import { plain } from "./plain.ts";

/** Something that went wrong at a server, and what was to be done about it. */
export interface PastError {
  /** When it was last met, ms since the epoch. */
  readonly at: number;
  readonly message: string;
  readonly next: string | undefined;
  readonly times: number;
}

const kept = 10;
/** A question to the person, or the person's own wish, is no error to remember. */
const notErrors = new Set(["sign_in_required", "cancelled", "server_disabled"]);

/** Newest last; one that comes again moves there. */
export function withError(known: readonly PastError[], error: McpassError, at: number, next: string | undefined): readonly PastError[] {
  if (notErrors.has(error.code)) return known;
  const same = known.find(({ message }) => message === error.message);
  return [...known.filter((each) => each !== same), { at, message: error.message, next: next ?? error.hint, times: (same?.times ?? 0) + 1 }].slice(-kept);
}

/** Newest first, without the one that stands above already. */
export function pastErrorLines(errors: readonly PastError[], shown: string | undefined): readonly Line[] {
  const earlier = errors.filter(({ message }) => message !== shown).toReversed();
  if (earlier.length === 0) return [];
  return [
    { text: "" },
    { text: "Earlier errors", bold: true },
    ...earlier.flatMap(({ at, message, next, times }): readonly Line[] => [
      { text: `${timeOf(at)}  ${plain(message.split("\n")[0] ?? "", 500)}${times > 1 ? ` (${String(times)} times)` : ""}` },
      ...(next === undefined ? [] : [{ text: `          next: ${plain(next, 500)}`, tone: "quiet" as const }]),
    ]),
  ];
}
