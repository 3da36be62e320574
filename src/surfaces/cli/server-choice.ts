import { McpassError } from "../../base/errors.ts";
import { plainText, shownAddress } from "../../base/redact.ts";
import { shellWord } from "../../base/shell-word.ts";
import type { CommandContext } from "./command-context.ts";
import { choose } from "./questions.ts";

export interface Candidate {
  readonly name: string;
  /** What tells it from the others: its URL, its account. */
  readonly note: string;
}

/** The only candidate, or the one a person picks; without a terminal several are `usage` with the list. `candidates` is not empty. */
export async function chooseCandidate<T extends Candidate>(context: CommandContext, candidates: readonly [T, ...T[]], words: { readonly command: string; readonly question: string }): Promise<T> {
  const [only, ...others] = candidates;
  if (others.length === 0) return only;
  const names = candidates.map(({ name }) => shownAddress(name));
  if (context.terminal.interactive) {
    const width = Math.max(...names.map(({ length }) => length));
    const index = await choose(context, words.question, candidates.map(({ name, note }) => `${plainText(shownAddress(name)).padEnd(width)}  ${context.terminal.err.dim(plainText(note))}`));
    return candidates[index] ?? only;
  }
  throw new McpassError("usage", `${words.command} needs a name here; it could be one of ${names.join(", ")}`, {
    hint: `mcpass ${words.command} ${shellWord(shownAddress(only.name))}`,
    details: { servers: names },
  });
}
