import { McpassError } from "../../base/errors.ts";
import type { CommandContext } from "./command-context.ts";

/** One answer, trimmed. Throws `cancelled` at the end of input or an interruption. Only where the terminal is interactive. */
export async function ask(context: CommandContext, question: string): Promise<string> {
  context.terminal.prompt(`${question} `);
  const answer = await context.terminal.lines.next(context.signal);
  if (answer === undefined) {
    context.terminal.insist("");
    throw new McpassError("cancelled", "Cancelled.");
  }
  return answer.trim();
}

/** No is the answer to everything that is not a yes. */
export async function confirm(context: CommandContext, question: string): Promise<boolean> {
  return /^y(es)?$/i.test(await ask(context, `${question} [y/N]`));
}

/** The index chosen from a numbered list, asked again until one is. */
export async function choose(context: CommandContext, question: string, choices: readonly string[]): Promise<number> {
  const { terminal } = context;
  choices.forEach((choice, index) => terminal.insist(`  ${String(index + 1).padStart(2)}  ${choice}`));
  for (;;) {
    const answer = await ask(context, `${question} [1-${choices.length}, or q to leave]`);
    if (/^q(uit)?$/i.test(answer)) throw new McpassError("cancelled", "Cancelled.");
    const number = Number(answer);
    if (Number.isInteger(number) && number >= 1 && number <= choices.length) return number - 1;
    terminal.insist(`Please type a number from 1 to ${choices.length}.`);
  }
}
