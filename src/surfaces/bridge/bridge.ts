import type { Readable, Writable } from "node:stream";

import type { Fetch } from "../../base/runtime.ts";
import type { SignInOptions } from "../../access/sign-in-types.ts";
import { McpassError } from "../../base/errors.ts";
import { defaultTimeouts, type RemoteEntry } from "../../config/server-entry.ts";
import type { Place } from "../../connection/server-answers.ts";
import { Conversation } from "./conversation.ts";
import { openBridgeCache } from "./bridge-cache.ts";
import { makeFrame, readFrames } from "./frame.ts";
import { createHost } from "./host.ts";
import { readLines } from "./read-lines.ts";

export interface BridgeOptions {
  readonly input: Readable;
  readonly output: Writable;
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
  /** The browser may be opened unasked. */
  readonly open: boolean;
  readonly signInTimeoutMs: number | undefined;
  /** Tools whose names match are neither listed nor called; `*` stands for any text. */
  readonly ignoredTools: readonly string[];
  readonly cacheDirectory: string;
  readonly now: () => number;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/** A tool may take long: without a time of the user's own the host's counts, and this only ends what nobody waits for. */
const longMs = 600_000;
/** How long what is under way may take when the host says no more. */
const lastMs = 10_000;

/** An MCP server on `input` and `output` in front of one remote server, until the input ends or the signal comes. */
export async function runBridge(options: BridgeOptions): Promise<void> {
  const { input, entry, signal } = options;
  const end = new AbortController();
  const host = createHost(options.output);
  const { requestMs } = entry.timeout;
  const cache = openBridgeCache({ directory: options.cacheDirectory, serverUrl: options.serverUrl, account: options.account, now: options.now });
  const conversation = new Conversation({ ...options, host, cache, callMs: requestMs === defaultTimeouts.requestMs ? longMs : requestMs, heldMs: Math.round(requestMs * 0.8), signal: end.signal });
  const stop = (): void => void input.destroy();
  signal.addEventListener("abort", stop, { once: true });
  try {
    for await (const line of readLines(input)) {
      const frames = readFrames(line);
      if (frames === undefined) await host.send(makeFrame({ jsonrpc: "2.0", id: null, error: { code: -32_700, message: "This line is no JSON-RPC message." } }));
      for (const frame of frames ?? []) await conversation.take(frame);
    }
    await conversation.settled(lastMs);
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    signal.removeEventListener("abort", stop);
    end.abort(new McpassError("cancelled", "mcpass is ending."));
    await conversation.close();
  }
}
