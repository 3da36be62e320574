import type { Listener } from "../../base/events.ts";
import { plainText } from "../../base/redact.ts";
import { renderWarning } from "./render-error.ts";
import type { Terminal } from "./terminal.ts";

/** What must be said of a grant whatever the command is about. F05 */
export function grantListener({ insist, err }: Pick<Terminal, "insist" | "err">): Listener {
  return (event) => {
    if (event.type === "grant.unsaved") insist(renderWarning(event.error, err));
    if (event.type === "grant.saved") insist(`${err.green("✓")} The renewed grant of ${plainText(event.server)} is stored.`);
  };
}
