import type { SignInOptions } from "../../access/sign-in-types.ts";
import type { McpassError } from "../../base/errors.ts";
import type { Fetch } from "../../base/runtime.ts";
import { defaultTimeouts, type RemoteEntry } from "../../config/server-entry.ts";
import type { Place } from "../../connection/server-answers.ts";

/** A remote server, and what this machine can do for it. */
export interface RelayedServer {
  readonly server: string;
  /** The command that signs in. */
  readonly command: string;
  readonly entry: RemoteEntry;
  readonly account: string;
  readonly serverUrl: string;
  readonly place: () => Place;
  /** Signs, and says what is missing: see `Access.fetch`. */
  readonly fetch: Fetch;
  readonly signIn: (options: SignInOptions) => Promise<unknown>;
  readonly watch: (onGrant: () => void) => Promise<() => void>;
  /** Told of what stands against using the server. */
  readonly onRefused: (error: McpassError) => void;
  /** Told of what else a request failed of. */
  readonly onFailed?: ((error: McpassError) => void) | undefined;
}

/** How a relay behaves towards whoever uses it. */
export interface RelayManners {
  /** The browser may be opened unasked. */
  readonly open: boolean;
  readonly signInTimeoutMs: number | undefined;
  /** Tools whose names match are neither listed nor called; `*` stands for any text. */
  readonly ignoredTools: readonly string[];
  /** Where it is there, only tools that match are. */
  readonly allowedTools?: readonly string[] | undefined;
  /** Tools that an older server has only as tasks are called like any other by older hosts too: they are not shown which these are. */
  readonly finishesTasks?: boolean | undefined;
  readonly now: () => number;
  /** For a person. */
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/** A tool may take long: without a time of the user's own the host's counts, and this only ends what nobody waits for. */
const longMs = 600_000;

/** How long a request may take without any sign of life, and how long one is held while a person signs in. */
export function timesOf({ timeout: { requestMs } }: RemoteEntry): { readonly callMs: number; readonly heldMs: number } {
  return { callMs: requestMs === defaultTimeouts.requestMs ? longMs : requestMs, heldMs: Math.round(requestMs * 0.8) };
}
