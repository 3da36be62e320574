import type { Readable, Writable } from "node:stream";

import { McpassError } from "../../base/errors.ts";
import { Conversation } from "../relay/conversation.ts";
import { makeFrame, readFrames } from "../relay/frame.ts";
import { createHost, type Host } from "../relay/host.ts";
import { openRelayCache } from "../relay/relay-cache.ts";
import { type RelayedServer, type RelayManners, timesOf } from "../relay/relay-options.ts";
import { createWarnings } from "../relay/warnings.ts";
import { readLines } from "./read-lines.ts";
import { writeLines } from "./write-lines.ts";

export interface BridgeOptions extends RelayedServer, RelayManners {
  readonly input: Readable;
  readonly output: Writable;
  readonly cacheDirectory: string;
}

/** How long what is under way may take when the host says no more. */
const lastMs = 10_000;
/** How long that may take which follows from an end. */
const endMs = 500;

/** An MCP server on `input` and `output` in front of one remote server, until the input ends or the signal comes. */
export async function runBridge(options: BridgeOptions): Promise<void> {
  const { input, entry, signal } = options;
  const end = new AbortController();
  const host = createHost(writeLines(options.output, signal));
  const cache = openRelayCache({ directory: options.cacheDirectory, serverUrl: options.serverUrl, account: options.account, now: options.now });
  const warn = createWarnings(options.say);
  const conversation = new Conversation({ ...options, ...timesOf(entry), host, cache, warn: (text) => warn(options.server, text), signal: end.signal });
  const stop = (): void => void input.destroy();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const lines = readLines(input);
    while (await takeNext(lines, host, conversation));
    await conversation.settled(lastMs);
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    signal.removeEventListener("abort", stop);
    end.abort(new McpassError("cancelled", "mcpass is ending."));
    // What is under way is told so.
    await conversation.settled(endMs);
    await conversation.close();
    // What was written last leaves at the end of this turn.
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }
}

/** One line; false: there is none any more. In a function of its own, which holds nothing of the last line while the next is waited for. */
async function takeNext(lines: AsyncGenerator<string, void, undefined>, host: Host, conversation: Conversation): Promise<boolean> {
  const next = await lines.next();
  if (next.done === true) return false;
  const frames = readFrames(next.value);
  if (frames === undefined) await host.send(makeFrame({ jsonrpc: "2.0", id: null, error: { code: -32_700, message: "This line is no JSON-RPC message." } }));
  for (const frame of frames ?? []) await conversation.take(frame);
  return true;
}
