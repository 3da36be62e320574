import type { StatusCell } from "./status.ts";

/** A server's status as OpenCode's clients read it: exactly one of these five shapes. */
export type PublicStatus =
  | { readonly status: "connected" }
  /** Switched off, disconnected, or not known yet. */
  | { readonly status: "disabled" }
  | { readonly status: "failed"; readonly error: string }
  | { readonly status: "needs_auth" }
  /** Its issuer registers nobody by itself; `error` names the redirect URI to register. */
  | { readonly status: "needs_client_registration"; readonly error: string };

/** While an attempt runs, what was known before it: a status that is read never flickers. X06 */
export function outsideStatus({ settled: { status, error } }: StatusCell): PublicStatus {
  switch (status) {
    case "connected":
    case "needs_auth":
      return { status };
    case "failed":
      return { status, error: error?.message ?? status };
    case "needs_client_registration":
      return { status, error: [error?.message ?? status, error?.hint ?? ""].join(" ").trim() };
    default:
      return { status: "disabled" };
  }
}
