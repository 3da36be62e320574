import type { Listener } from "../../base/events.ts";
import { plainText } from "../../base/redact.ts";
import { shellWord } from "../../base/shell-word.ts";
import type { Terminal } from "./terminal.ts";

/** Another person's sign-in has taken an account's place: said whatever the command is about. S07 */
export function identityListener({ insist, err }: Pick<Terminal, "insist" | "err">): Listener {
  return (event) => {
    if (event.type !== "identity.changed") return;
    const [server, account] = [plainText(event.server), plainText(event.account)];
    insist(`${err.yellow("warning:")} this is another person than before: ${plainText(event.now)}; account ${account} of ${server} was ${plainText(event.before)}. From now on it acts as ${plainText(event.now)}.`);
    insist(`${err.cyan("hint:")} to keep both, sign in with a label for each: mcpass auth ${shellWord(event.server)} --account LABEL --force`);
  };
}
