import { troubleOf } from "./grant-view.ts";
import type { ServerState } from "./server-state.ts";

/** A renewal that fails while the token is good is no failure of the connection; it is said beside it, until one succeeds. By the grant as it was last read. F03 */
export function tellTrouble({ cell, facts }: ServerState): void {
  if (cell.status !== "connected") return;
  const { trouble } = facts.grant ?? {};
  if (trouble !== undefined) cell.change("connected", troubleOf(trouble));
  else if (cell.error?.code === "renewal_failed") cell.change("connected");
}
