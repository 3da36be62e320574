import { McpassError } from "../base/errors.ts";
import type { CallOptions, Connection } from "./connection-types.ts";
import { orCancelled } from "./deadline.ts";
import type { StandingParts } from "./standing.ts";

/** One live connection to each server, which all share and which stays. */
export interface KeptConnections {
  /** Opens it where it is not open. Throws `server_disabled` after `disconnect`, and what connecting throws. */
  use<T>(name: string, options: CallOptions | undefined, operation: (connection: Connection) => Promise<T>): Promise<T>;
  /** Ends it; it stays down until `expect`. */
  disconnect(name: string): Promise<void>;
  isDown(name: string): boolean;
  expect(name: string): void;
  /** Ends it, and forgets what was said of it. */
  drop(name: string): Promise<void>;
}

export function createKeptConnections({ core, servers, closeLines }: StandingParts): KeptConnections {
  const kept = new Map<string, Promise<Connection>>();
  const { down } = servers;
  const open = (name: string): Promise<Connection> => {
    const opening = core.connect(name);
    kept.set(name, opening);
    opening.catch(() => kept.get(name) === opening && kept.delete(name));
    return opening;
  };
  const current = async (name: string, signal: AbortSignal | undefined): Promise<Connection> => {
    for (;;) {
      if (down.has(name)) throw disconnected(name);
      const known = kept.get(name);
      const connection = await orCancelled(known ?? open(name), signal);
      if (!connection.closed) return connection;
      // It was closed for everybody, by a sign-out perhaps; whoever comes first opens another.
      if (kept.get(name) === known) kept.delete(name);
    }
  };
  const end = async (name: string): Promise<void> => {
    kept.delete(name);
    await closeLines(name);
  };
  return {
    use: async (name, options, operation) => {
      servers.find(name);
      return operation(await current(name, options?.signal));
    },
    disconnect: async (name) => {
      down.add(name);
      await end(name);
    },
    isDown: (name) => down.has(name),
    expect: (name) => void down.delete(name),
    drop: async (name) => {
      await end(name);
      down.delete(name);
    },
  };
}

function disconnected(name: string): McpassError {
  return new McpassError("server_disabled", `${name} was disconnected.`, { hint: "Connect it first.", details: { server: name } });
}
