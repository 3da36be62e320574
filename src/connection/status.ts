import { McpassError } from "../base/errors.ts";
import type { Emitter } from "../base/events.ts";

/** What is known of a server. `idle`: nothing yet. See `PublicStatus` for what other programs read. */
export type Status = "disabled" | "idle" | "connecting" | "connected" | "needs_auth" | "needs_client_registration" | "failed";

/** What each status may become. A status may always be written again, with another error. X06 */
export const allowedChanges: Readonly<Record<Status, readonly Status[]>> = {
  disabled: [],
  idle: ["connecting", "needs_auth"],
  connecting: ["connected", "needs_auth", "needs_client_registration", "failed", "idle"],
  connected: ["connecting", "needs_auth", "needs_client_registration", "failed", "idle"],
  needs_auth: ["connecting", "connected", "needs_client_registration", "failed", "idle"],
  needs_client_registration: ["connecting", "needs_auth", "failed", "idle"],
  failed: ["connecting", "connected", "needs_auth", "needs_client_registration", "idle"],
};

/** The one place a server's status is kept in. */
export interface StatusCell {
  readonly status: Status;
  /** With `failed`, `needs_auth` and `needs_client_registration` always; with `connected` when something is wrong that does not stop it yet. */
  readonly error: McpassError | undefined;
  /** The last status that was no `connecting`, and what was said of it: what it reads as while an attempt runs. X06 */
  readonly settled: { readonly status: Status; readonly error: McpassError | undefined };
  /** Emits `server.status` when the status, or what is said of it, changed. Throws `internal` for a change that the table does not allow, and changes nothing. */
  change(to: Status, error?: McpassError): void;
}

export function createStatusCell(options: { server: string; initial: Status; error?: McpassError | undefined; events: Emitter; now: () => number }): StatusCell {
  let status = options.initial;
  let error = options.error;
  let settled = { status, error };
  return {
    get status() {
      return status;
    },
    get error() {
      return error;
    },
    get settled() {
      return settled;
    },
    change: (to, reason) => {
      if (to !== status && !allowedChanges[status].includes(to)) throw new McpassError("internal", `${options.server} cannot go from ${status} to ${to}.`);
      const told = to === status && reason?.code === error?.code && reason?.message === error?.message;
      status = to;
      error = reason;
      if (to !== "connecting") settled = { status, error };
      if (told) return;
      options.events.emit({ type: "server.status", server: options.server, at: options.now(), status: to, ...(reason === undefined ? {} : { error: reason }) });
    },
  };
}

/** Changes to how an attempt ended, whatever others wrote while it ran: what cannot be reached from there is reached through `connecting`. */
export function arrive(cell: StatusCell, to: Status, error?: McpassError): void {
  if (cell.status === "disabled") return;
  if (to !== cell.status && !allowedChanges[cell.status].includes(to)) cell.change("connecting");
  cell.change(to, error);
}

/** The status that an error leaves a server in. */
export function statusAfter(error: McpassError): "needs_auth" | "needs_client_registration" | "failed" | "idle" {
  switch (error.code) {
    case "registration_unavailable":
      return "needs_client_registration";
    case "sign_in_required":
    case "issuer_changed":
    case "grant_ended":
    case "scope_insufficient":
      return "needs_auth";
    case "cancelled":
      return "idle";
    default:
      return "failed";
  }
}

/** Failures that are one operation's own affair; every other says something of the whole server. */
const ownAffairs: ReadonlySet<string> = new Set(["tool_unknown", "tool_failed", "protocol_failed", "server_failed", "timed_out", "answer_invalid", "cancelled", "usage", "internal"]);

export function concernsServer({ code }: McpassError): boolean {
  return !ownAffairs.has(code);
}

/** One line for a person. */
export function describeStatus(status: Status, error: McpassError | undefined): string {
  return error === undefined ? words[status] : `${words[status]}: ${error.message}`;
}

const words: Readonly<Record<Status, string>> = {
  disabled: "disabled",
  idle: "not connected",
  connecting: "connecting",
  connected: "connected",
  needs_auth: "needs a sign-in",
  needs_client_registration: "needs a client id",
  failed: "failed",
};
