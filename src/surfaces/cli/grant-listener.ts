import type { Listener } from "../../base/events.ts";
import { plainText } from "../../base/redact.ts";
import { plainLines } from "./render-error.ts";
import type { Terminal } from "./terminal.ts";

/** What must be said of a grant whatever the command is about. F05 */
export function grantListener({ insist, err }: Pick<Terminal, "insist" | "err">): Listener {
  return (event) => {
    if (event.type === "grant.unsaved") {
      const { message, hint } = event.error;
      insist([`${err.yellow("warning:")} ${plainLines(message)}`, ...(hint === undefined ? [] : [`${err.cyan("hint:")} ${plainLines(hint)}`])].join("\n"));
    }
    if (event.type === "grant.saved") insist(`${err.green("✓")} The renewed grant of ${plainText(event.server)} is stored.`);
  };
}
