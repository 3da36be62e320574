import type { Client } from "@modelcontextprotocol/client";

import type { Catalog } from "./catalog.ts";
import { rpcCodeOf, statusOf } from "./sdk-errors.ts";
import type { Channel } from "./transport.ts";

/** One SDK client on one channel, from its opening to its end. It is never opened twice: a new session is a new one. */
export interface LiveClient {
  readonly client: Client;
  readonly catalog: Catalog;
  readonly modern: boolean;
  readonly protocolVersion: string | undefined;
  readonly closed: boolean;
  stderr(): string;
  /** Runs an operation on it; `retire` waits for all of them. */
  use<T>(operation: (live: LiveClient) => Promise<T>): Promise<T>;
  /** True when `thrown` says that the server has forgotten the session. Streamable HTTP, session management. */
  hasLostSession(thrown: unknown): boolean;
  /** Takes no further part; ends as soon as nobody uses it any more. */
  retire(): Promise<void>;
  close(): Promise<void>;
}

/** `onEnd` is called when the channel ends without `close` or `retire` having been called. */
export function createLiveClient(client: Client, channel: Channel, catalog: Catalog, onEnd: () => void): LiveClient {
  let users = 0;
  let closing: Promise<void> | undefined;
  let closed = false;
  let retired: (() => void) | undefined;
  let sessionLost = false;
  client.onclose = () => {
    const unexpected = closing === undefined && !closed;
    closed = true;
    if (unexpected) onEnd();
  };
  const close = (): Promise<void> => {
    closing ??= channel.close(sessionLost).finally(() => client.close());
    closed = true;
    retired?.();
    return closing;
  };
  const live: LiveClient = {
    client,
    catalog,
    modern: client.getProtocolEra() === "modern",
    protocolVersion: client.getNegotiatedProtocolVersion(),
    get closed() {
      return closed;
    },
    stderr: channel.stderr,
    use: async (operation) => {
      users += 1;
      try {
        return await operation(live);
      } finally {
        users -= 1;
        if (users === 0) retired?.();
      }
    },
    hasLostSession: (thrown) => {
      sessionLost ||= channel.transport.sessionId !== undefined && saysSessionLost(thrown);
      return sessionLost;
    },
    retire: async () => {
      if (users > 0 && !closed) await new Promise<void>((resolve) => (retired = resolve));
      await close();
    },
    close,
  };
  return live;
}

/** 404 is what the specification says; some servers answer 400 and say in words that they do not know the session. */
function saysSessionLost(thrown: unknown): boolean {
  const refusal = statusOf(thrown);
  if (refusal?.status === 404) return rpcCodeOf(thrown) !== -32_601;
  return refusal?.status === 400 && /session/i.test(refusal.text ?? "");
}
