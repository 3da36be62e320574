import type { Client } from "pg";

import type { VaultKey } from "../vault-key.ts";
import { keyPattern } from "../vault-key.ts";
import type { Connections } from "./connections.ts";
import type { Rows } from "./rows.ts";

export interface RowWatch {
  /** This process has stored (undefined: removed) a record. */
  tell(key: VaultKey, revision: string | undefined): void;
  stop(): void;
}

/** Looking is what finds out, also through a pooler, which passes no notifications on, and after a connection is lost; notifications only make it sooner. */
const lookEveryMs = 1_200;

/** Calls with the key of every record that has another revision than before. Keeps no process alive; what fails is tried again. */
export function watchRows(connections: Connections, rows: Rows, onChange: (key: VaultKey) => void): RowWatch {
  let known: Map<VaultKey, string> | undefined;
  let listener: Promise<Client | undefined> | undefined;
  let stopped = false;
  let looking = false;
  const see = (key: VaultKey, revision: string | undefined): void => {
    if (stopped || (known !== undefined && known.get(key) === revision)) return;
    if (revision === undefined) known?.delete(key);
    else known?.set(key, revision);
    onChange(key);
  };
  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    const found = await rows.revisions().catch(() => undefined);
    looking = false;
    if (found === undefined || stopped) return;
    if (known === undefined) known = new Map(found);
    else for (const key of new Set([...known.keys(), ...found.keys()])) see(key, found.get(key));
  };
  const listen = async (): Promise<Client | undefined> => {
    const client = await connections.dedicated();
    client.on("notification", ({ payload = "" }) => {
      const [key = "", revision = ""] = payload.split(" ");
      if (keyPattern.test(key)) see(key as VaultKey, revision === "" ? undefined : revision);
    });
    client.once("end", () => (listener = undefined));
    // Known to `pg`, not to its types.
    (client as Client & { unref(): void }).unref();
    await client.query("listen mcpass");
    return client;
  };
  const tick = (): void => {
    listener ??= listen().catch(() => (listener = undefined));
    void listener.then(look);
  };
  tick();
  const timer = setInterval(tick, lookEveryMs).unref();
  return {
    tell: see,
    stop() {
      stopped = true;
      clearInterval(timer);
      void listener?.then((client) => client?.end()).catch(() => undefined);
    },
  };
}
