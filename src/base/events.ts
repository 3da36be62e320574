import type { McpassError } from "./errors.ts";

/** Everything that happens, as one union; subject first, safe to show. `at` is milliseconds since the epoch. */
export type McpassEvent =
  | { readonly type: "server.status"; readonly server: string; readonly at: number; readonly status: string; readonly error?: McpassError }
  | { readonly type: "authorization.begun"; readonly server: string; readonly at: number; readonly url: string; readonly expiresAt: number }
  | { readonly type: "authorization.ended"; readonly server: string; readonly at: number; readonly outcome: "completed" | "refused" | "expired" | "cancelled" }
  | { readonly type: "browser.failed"; readonly server: string; readonly at: number; readonly reason: string }
  | (AboutGrant & { readonly type: "grant.obtained"; readonly grantType: string; readonly scopes: readonly string[] })
  | (AboutGrant & { readonly type: "grant.renewed"; readonly expiresAt: number | undefined })
  | (AboutGrant & { readonly type: "grant.ended"; readonly reason: string })
  | (AboutGrant & { readonly type: "grant.forgotten"; readonly revoked: string })
  /** By another process: its grant was obtained, renewed, ended or forgotten. */
  | { readonly type: "grant.changed"; readonly server: string; readonly at: number }
  | { readonly type: "refused"; readonly server: string; readonly at: number; readonly error: McpassError }
  /** A sign-in replaced another person's under the same account: who it was, and who it is, by their issuer's words. S07 */
  | { readonly type: "identity.changed"; readonly server: string; readonly at: number; readonly account: string; readonly before: string; readonly now: string }
  /** A renewed token set is in this process's memory only: it could not be stored. It is used, and storing it is tried again; `error` says what to do. F05 */
  | { readonly type: "grant.unsaved"; readonly server: string; readonly at: number; readonly error: McpassError }
  /** It is stored after all. */
  | { readonly type: "grant.saved"; readonly server: string; readonly at: number }
  | { readonly type: "catalog.changed"; readonly server: string; readonly at: number }
  | { readonly type: "warning"; readonly server: string; readonly at: number; readonly message: string };

/** Which grant an event is about. `at` is milliseconds since the epoch. */
export interface AboutGrant {
  readonly server: string;
  readonly at: number;
  readonly serverUrl: string;
  readonly account: string;
  readonly issuer: string;
}

/** Hears events, in the order in which they happen. One that throws is left out of that event only. */
export type Listener = (event: McpassEvent) => void;

/** A listener that throws is dropped from that event only; it never breaks what emitted. */
export class Emitter {
  readonly #listeners = new Set<Listener>();

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  emit(event: McpassEvent): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch {
        // A surface that cannot show an event must not stop the floor that had it.
      }
    }
  }
}
