import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { buildProgram } from "../../test/rig/storm/build-program.ts";
import { signInEvery } from "../../test/rig/storm/sign-in.ts";
import { startAuthorizationServer } from "../../test/servers/authorization-server.ts";
import { createLedger } from "../../test/servers/ledger.ts";
import { startResourceServer } from "../../test/servers/resource-server.ts";
import { median } from "./measure.ts";
import type { Row } from "./table.ts";

const [few, many] = [4, 64];
/** As long as a near issuer takes; over loopback alone the round would be little more than the waking of processes. */
const answerMs = 50;

/** Warm processes find at the same moment that the token of their grant has ended: how long until all of them have the next one. */
export async function renewalRounds({ root, work, rounds }: { readonly root: string; readonly work: string; readonly rounds: number }): Promise<readonly Row[]> {
  const home = join(work, "rounds");
  mkdirSync(home, { recursive: true });
  const environment = { PATH: process.env["PATH"] ?? "", HOME: home, MCPASS_KEY_SOURCE: "file" };
  const ledger = createLedger();
  const issuer = await startAuthorizationServer(ledger, { rotation: "family", refreshAnswer: { slowMs: answerMs } });
  const server = await startResourceServer(ledger, { trusts: issuer, sessions: false });
  await signInEvery({ home, environment, url: server.url, accounts: ["default"] });
  const program = await buildProgram(root, "scripts/bench/round-worker.ts");
  const workers = Array.from({ length: many }, () => spawn(process.execPath, [program.file, home, server.url], { env: environment, stdio: ["ignore", "inherit", "inherit", "ipc"] }));
  try {
    await Promise.all(workers.map((worker) => once(worker, "message")));
    const taken = { few: [] as number[], many: [] as number[] };
    for (let round = 0; round <= rounds; round += 1) {
      const one = await timeRound(workers.slice(0, few), 2 * round + 1);
      const other = await timeRound(workers, 2 * round + 2);
      if (round === 0) continue;
      taken.few.push(one);
      taken.many.push(other);
    }
    const renewals = ledger.count({ path: "/token", word: "refresh_token" });
    if (renewals !== 2 * (rounds + 1)) throw new Error(`${String(2 * (rounds + 1))} rounds made ${String(renewals)} renewals`);
    return [{ what: `a renewal round of ${String(many)} contending processes`, beside: `the same round of ${String(few)}; the issuer answers after ${String(answerMs)} ms`, ratio: median(taken.many) / median(taken.few), limit: 3 }];
  } finally {
    for (const worker of workers) worker.kill("SIGKILL");
    await Promise.all([issuer.stop(), server.stop(), program.remove()]);
  }
}

async function timeRound(workers: readonly ChildProcess[], hour: number): Promise<number> {
  const startedAt = performance.now();
  const said = workers.map((worker) => once(worker, "message"));
  for (const worker of workers) worker.send(hour * 3_600_000);
  for (const [word] of await Promise.all(said)) if (word !== "signed") throw new Error(String(word));
  return performance.now() - startedAt;
}
