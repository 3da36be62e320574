import { McpassError } from "../../base/errors.ts";
import { plainText } from "../../base/redact.ts";
import { shellWord } from "../../base/shell-word.ts";
import type { AuthorizationNotice, FinishSignInOptions, StartResult, StartSignInOptions } from "../../connection/manager.ts";
import type { CommandContext } from "./command-context.ts";
import { consentLines } from "./sign-in-words.ts";
import { clockWords } from "./time-words.ts";

/** How the halves of a sign-in talk to a person; the rest of the sign-in is the manager's. */
export function halfNotices(context: CommandContext): Pick<FinishSignInOptions & StartSignInOptions, "onNotice" | "signal"> {
  return { signal: context.signal, onNotice: (message) => context.terminal.say(plainText(message, 1000)) };
}

/** The address is the result; all that is said about it goes to standard error. H01 */
export function showStarted(context: CommandContext, { notice }: Extract<StartResult, { kind: "started" }>, json: boolean): void {
  const { terminal } = context;
  terminal.say(terminal.err.bold(`Starting a sign-in to ${plainText(notice.server)}`));
  for (const line of consentLines(notice, terminal.err)) terminal.say(line);
  terminal.say(`Open this address in any browser, until ${clockWords(notice.expiresAt, context.runtime().now())}:`);
  if (!json) terminal.print(new URL(notice.url).href);
  terminal.say(`Afterwards the browser is sent to ${plainText(notice.redirectUri ?? "")}…, and may show an error there. Copy the address of that page, then:`);
  terminal.say(`  ${finishCommand(notice)}`);
}

function finishCommand({ server }: AuthorizationNotice): string {
  return `mcpass auth ${shellWord(server)} --finish -`;
}

/** What the person was sent back with: an argument, or with `-` standard input; in a terminal one line of it. Throws `usage`. */
export async function readRedirect(context: CommandContext, given: string): Promise<string> {
  if (given !== "-") return given;
  const { terminal, signal } = context;
  if (terminal.interactive) terminal.insist("Paste the address the browser was sent to:");
  const text = terminal.interactive ? ((await terminal.lines.next(signal)) ?? "") : await terminal.readAll(signal);
  signal.throwIfAborted();
  if (text.trim() === "") throw new McpassError("usage", "--finish - got nothing on standard input", { hint: "give it the address that the browser was sent to" });
  return text.trim();
}
