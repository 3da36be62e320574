import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPostgresVault, type PostgresVaultOptions } from "../../../src/vault/postgres/postgres-vault.ts";
import type { SealedVault } from "../../../src/vault/sealed-vault.ts";
import type { VaultKey } from "../../../src/vault/vault-key.ts";
import type { PostgresServer, TestDatabase } from "../../rig/postgres.ts";
import { buildScript, type Script } from "../script.ts";

/** A database, and a machine whose vault it is. */
export interface VaultRig {
  readonly database: TestDatabase;
  /** One process's view of it. */
  open(more?: Partial<PostgresVaultOptions>): SealedVault;
  /** For `opening`. */
  readonly argument: string;
  close(): Promise<void>;
}

const environment = { MCPASS_KEY_SOURCE: "file" };

/** Declares `vault` in a script. `process.argv[3]`: more options, as JSON. */
export const opening = `import { openPostgresVault } from "./src/vault/postgres/postgres-vault.ts";
const [address, directory] = JSON.parse(process.argv[2]!);
const vault = openPostgresVault({ address, directory, environment: { MCPASS_KEY_SOURCE: "file" }, now: Date.now, ...JSON.parse(process.argv[3] ?? "{}") });`;

/** A process that adds one to the generation of this grant, `process.argv[4]` times (default once). */
export function buildIncrement(key: VaultKey): Promise<Script> {
  return buildScript(`import { aGrant } from "./test/vault/records.ts";
    ${opening}
    const rounds = Number(process.argv[4] ?? 1);
    for (let round = 0; round < rounds; round += 1) await vault.update(${JSON.stringify(key)} as any, async (current: any) => aGrant({ generation: (current?.generation ?? 0) + 1 }));`);
}

export async function openRig(server: PostgresServer): Promise<VaultRig> {
  const database = await server.createDatabase();
  const directory = await mkdtemp(join(tmpdir(), "mcpass-vault-"));
  const opened: SealedVault[] = [];
  return {
    database,
    argument: JSON.stringify([database.url, directory]),
    open(more = {}) {
      const vault = openPostgresVault({ address: database.url, directory, environment, now: Date.now, ...more });
      opened.push(vault);
      return vault;
    },
    async close() {
      await Promise.all(opened.map((vault) => vault.close()));
      await rm(directory, { recursive: true, force: true });
    },
  };
}
