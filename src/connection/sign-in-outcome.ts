import { McpassError } from "../base/errors.ts";
import { shellWord } from "../base/shell-word.ts";
import type { ServerState } from "./server-state.ts";
import { arrive, type Status, statusAfter } from "./status.ts";

/** A sign-in waits for a person: that is what the server needs, as far as nothing better was known. X06 */
export function noteAddress({ cell, configured: { name } }: ServerState): void {
  if (cell.status !== "idle" && cell.status !== "failed" && cell.status !== "needs_client_registration") return;
  arrive(cell, "needs_auth", new McpassError("sign_in_required", `${name} waits for a sign-in that is under way.`, { hint: `Open its address, or run: mcpass auth ${shellWord(name)}`, details: { server: name } }));
}

/** What a sign-in that failed says of the server; a connection that works goes on working. X06 */
export function noteFailure({ cell, configured: { name } }: ServerState, error: McpassError): void {
  const status = statusOf(error);
  if (cell.status === "connected" || cell.status === "disabled" || status === undefined) return;
  arrive(cell, status, error.hint === undefined ? new McpassError(error.code, error.message, { hint: `mcpass auth ${shellWord(name)}`, cause: error, details: error.details }) : error);
}

/** Nobody has signed in yet. */
const notYet: ReadonlySet<string> = new Set(["authorization_expired", "authorization_refused", "cancelled", "callback_port_busy", "callback_invalid", "client_invalid", "token_refused", "token_rejected"]);

/** undefined: it says nothing of the server. */
function statusOf(error: McpassError): Status | undefined {
  if (error.code === "usage" || error.code === "oauth_unsupported") return undefined;
  return notYet.has(error.code) ? "needs_auth" : statusAfter(error);
}
