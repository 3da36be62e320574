import { setTimeout as sleep } from "node:timers/promises";
import { type Access, openAccess } from "../../../src/access/access.ts";
import { openServerMemory } from "../../../src/access/server-memory.ts";
import { findMcpassError } from "../../../src/base/errors.ts";
import { Emitter } from "../../../src/base/events.ts";
import { openVault } from "../../../src/surfaces/cli/open-vault.ts";
import { createNodeRuntime } from "../../../src/surfaces/node/node-runtime.ts";
import { entryFor } from "./entry.ts";
import { accountsAt, type StormMessage, type StormOrder, type StormPlan } from "./plan.ts";

/** One long-lived process of a storm: it has every grant open and calls on the beat until it is told to stop, or its parent is gone. */
async function main(): Promise<void> {
  const plan = JSON.parse(process.argv[2] ?? "") as StormPlan;
  const runtime = createNodeRuntime({ environment: process.env, homeDirectory: plan.home, workingDirectory: plan.home });
  const vault = await openVault(runtime);
  const memory = openServerMemory({ directory: runtime.directories.cache });
  const entry = entryFor(plan.url);
  const patienceMs = plan.patienceMs === undefined ? undefined : (): number => plan.patienceMs ?? 0;
  const open = (account: string): Access => openAccess({ runtime, vault, memory, events: new Emitter(), name: "storm", entry, account, patienceMs });
  const opened = new Map(plan.accounts.map((account) => [account, open(account)]));
  const tookMs: number[] = [];
  const beat = async (number: number): Promise<void> => {
    await Promise.all(
      accountsAt(plan, number).map(async (account) => {
        const startedAt = performance.now();
        try {
          await call(opened.get(account) as Access, plan.url);
          tookMs.push(performance.now() - startedAt);
        } catch (thrown) {
          const { code, message } = findMcpassError(thrown) ?? { code: "unexpected", message: String(thrown) };
          tell({ type: "failed", failure: { account, at: Date.now(), code, message } });
        }
      }),
    );
  };
  const stop = new AbortController();
  const started = new Promise<number>((resolve) => {
    process.on("message", (order: StormOrder) => (order.type === "start" ? resolve(order.startAt) : stop.abort()));
  });
  process.on("disconnect", () => process.exit(1));
  // What it needs is loaded before anybody counts on it.
  await beat(0);
  tell({ type: "ready" });
  const startAt = await started;
  const keeping = await Promise.all(plan.keptFresh.map((account) => opened.get(account)?.keepFresh(() => undefined)));
  while (!stop.signal.aborted) {
    const number = Math.floor((Date.now() - startAt) / plan.beatMs) + 1;
    await sleep(startAt + number * plan.beatMs - Date.now());
    if (!stop.signal.aborted) await beat(number);
  }
  for (const each of keeping) each?.stop();
  await vault.close();
  tell({ type: "done", tookMs });
}

async function call(access: Access, url: string): Promise<void> {
  const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  const answer = await access.fetch(url, { method: "POST", headers, body: '{"jsonrpc":"2.0","id":1,"method":"ping"}' });
  for await (const chunk of answer.body ?? []) if (chunk === undefined) break;
  if (answer.status !== 200) throw new Error(`the server answered ${String(answer.status)}`);
}

function tell(message: StormMessage): void {
  process.send?.(message, () => {
    if (message.type === "done") process.exit(0);
  });
}

await main();
