import { afterAll, beforeAll, describe, vi } from "vitest";
import { postgresPrograms, startPostgres, type PostgresServer } from "../../rig/postgres.ts";
import { examineVault } from "../../vault-exam.ts";
import { openRig, opening } from "./rig.ts";

// A server is made and many processes are started: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describe.skipIf(postgresPrograms === undefined)("on a real PostgreSQL server", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  examineVault({
    name: "PostgreSQL vault",
    opening,
    async open() {
      const rig = await openRig(server);
      return {
        vault: rig.open(),
        impatient: rig.open({ lockWaitMs: 300 }),
        argument: rig.argument,
        spoil: async (key) => void (await rig.database.query("update mcpass.record set content = '{ spoilt', revision = 'spoilt' where key = $1", [key])),
        close: () => rig.close(),
      };
    },
  });
});
