import { findMcpassError, McpassError } from "../base/errors.ts";
import { connect, type ConnectRequest } from "./connect.ts";
import { orCancelled } from "./deadline.ts";
import type { LiveClient } from "./live-client.ts";
import { translate } from "./sdk-errors.ts";
import { type StatusCell, statusAfter } from "./status.ts";

/** The line to one server: at most one live client at a time, opened when needed and replaced when it is lost. */
export interface Line {
  /** Runs `operation` on the live client; once more on a new one when the server has forgotten the session. Throws McpassError only. */
  run<T>(operation: (live: LiveClient) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** What is live now ends when nobody uses it; the next operation opens a new one. */
  drop(): void;
  forgetCatalog(): void;
  close(): Promise<void>;
}

export interface LineOptions {
  readonly cell: StatusCell;
  readonly request: () => Promise<Omit<ConnectRequest, "onEnd" | "onStreamFailure" | "signal">>;
  /** After each opening. Must not throw. */
  readonly onOpened: (live: LiveClient) => Promise<void>;
  /** Whether a stored grant was in use: only then does a refused stream mean that it is over. */
  readonly signedIn: () => boolean;
}

export function createLine(options: LineOptions): Line {
  const { cell } = options;
  const end = new AbortController();
  let opening: Promise<LiveClient> | undefined;
  let live: LiveClient | undefined;
  const retired = new Set<Promise<void>>();

  const retire = (old: LiveClient | undefined): void => {
    if (old === undefined) return;
    const gone: Promise<void> = old.retire().finally(() => retired.delete(gone));
    retired.add(gone);
  };
  const lose = (error: McpassError): void => {
    if (!end.signal.aborted && cell.status === "connected") settle(cell, error);
  };
  // A stream that only breaks is opened again by the SDK, and the server may offer none to the unknown.
  const onStreamFailure = (error: McpassError): void => {
    if (statusAfter(error) === "needs_auth" && options.signedIn()) lose(error);
  };
  const open = async (): Promise<LiveClient> => {
    cell.change("connecting");
    try {
      live = await connect({ ...(await options.request()), signal: end.signal, onEnd: lose, onStreamFailure });
      cell.change("connected");
      await options.onOpened(live);
      return live;
    } catch (thrown) {
      throw settle(cell, toMcpassError(thrown));
    } finally {
      opening = undefined;
    }
  };
  const current = (signal: AbortSignal | undefined): Promise<LiveClient> => {
    if (live !== undefined && !live.closed) return Promise.resolve(live);
    opening ??= open();
    return orCancelled(opening, signal);
  };
  const attempt = async <T>(client: LiveClient, operation: (live: LiveClient) => Promise<T>): Promise<T> => {
    const result = await client.use(operation);
    // It works again, or with the grant that somebody got meanwhile.
    if (cell.status === "failed" || (cell.status === "needs_auth" && options.signedIn())) cell.change("connected");
    return result;
  };
  const replace = (lost: LiveClient): void => {
    if (live !== lost) return;
    live = undefined;
    retire(lost);
  };
  return {
    run: async (operation, signal) => {
      const first = await current(signal);
      try {
        return await attempt(first, operation).catch(async (thrown: unknown) => {
          if (!first.hasLostSession(thrown)) throw thrown;
          replace(first);
          return attempt(await current(signal), operation);
        });
      } catch (thrown) {
        const { place } = await options.request();
        const error = translate(thrown, place, first.stderr());
        if (changesStatus(error) && cell.status !== "connecting") settle(cell, error);
        throw error;
      }
    },
    drop: () => {
      if (live !== undefined) replace(live);
    },
    forgetCatalog: () => live?.catalog.forget(),
    close: async () => {
      end.abort(new McpassError("cancelled", "The connection was closed."));
      const last = live;
      live = undefined;
      await Promise.all([opening?.catch(() => {}), last?.close(), ...retired]);
      if (cell.status === "connected" || cell.status === "connecting") cell.change("idle");
    },
  };
}

/** What one failed operation says of the whole connection; the rest is the operation's own affair. */
function changesStatus(error: McpassError): boolean {
  return connectionCodes.has(error.code);
}

const connectionCodes: ReadonlySet<string> = new Set(["sign_in_required", "issuer_changed", "grant_ended", "scope_insufficient", "registration_unavailable", "header_refused", "oauth_unsupported", "token_rejected", "unreachable", "process_failed"]);

function settle(cell: StatusCell, error: McpassError): McpassError {
  const status = statusAfter(error);
  cell.change(status, status === "idle" ? undefined : error);
  return error;
}

function toMcpassError(thrown: unknown): McpassError {
  return findMcpassError(thrown) ?? new McpassError("internal", "Connecting failed for a reason that mcpass does not know.", { cause: thrown });
}
