import { join } from "node:path";

import { measureBridges, measureIdle, measureStarts } from "./bridge-figures.ts";
import type { HttpBench } from "./http-rows.ts";
import type { Command } from "./measure.ts";
import { signInToNotes } from "./signed-in.ts";
import type { Row } from "./table.ts";

/** `mcpass bridge`, signed in, beside a pipe that does nothing but pass lines on with the same token to the same server. */
export async function bridgeRows({ rounds, ...bench }: HttpBench & { readonly rounds: number }): Promise<readonly Row[]> {
  const { url, environment, authorization, ledger, stop } = await signInToNotes(bench, "bridge");
  const ours = bench.mcpass("bridge", ["bridge", "notes"], environment);
  const floor = barePipe(bench, url, authorization);
  try {
    const [bridge, bare] = await measureBridges([ours, floor], rounds, ledger.clear);
    return [
      { what: "`mcpass bridge`, from its start to the answer to `initialize`", beside: "a bare pipe of lines", ratio: bridge.startMs / bare.startMs, limit: 2 },
      { what: "a call through `mcpass bridge`, p50", beside: "a bare pipe of lines", ratio: bridge.callMs / bare.callMs, limit: 1.35 },
      { what: "time per call through `mcpass bridge`, 16 at once", beside: "a bare pipe of lines", ratio: bridge.callAtOnceMs / bare.callAtOnceMs, limit: 2 },
      { what: "`mcpass bridge`, idle, memory", beside: "a bare pipe of lines", ratio: bridge.idleBytes / bare.idleBytes, limit: 1.4 },
      { what: "`mcpass bridge`, growth under 5,000 calls, memory", beside: "40 MB", ratio: bridge.grownBytes / 40e6, limit: 1 },
    ];
  } finally {
    await stop();
  }
}

/** Where host and server speak different revisions: beside the pipe, which cannot translate, between two that speak the same. */
export async function translationRows({ rounds, ...bench }: HttpBench & { readonly rounds: number }): Promise<readonly Row[]> {
  const [older, newer] = await Promise.all([signInToNotes(bench, "older", "legacy"), signInToNotes(bench, "newer", "modern")]);
  const floor = barePipe(bench, older.url, older.authorization);
  const pairs = [
    { between: "a host of 2025-11-25 and a server of 2026-07-28", speaks: "2025-11-25", notes: newer },
    { between: "a host of 2026-07-28 and a server of 2025-11-25", speaks: "2026-07-28", notes: older },
  ] as const;
  const rows: Row[] = [];
  try {
    for (const { between, speaks, notes } of pairs) {
      const bridges = [{ ...bench.mcpass("translating", ["bridge", "notes"], notes.environment), speaks }, floor] as const;
      const [ourStart, bareStart] = await measureStarts(bridges, rounds, async (host) => {
        await host.open();
        await host.calls(1, 1);
      });
      const [ourIdle, bareIdle] = await measureIdle(bridges);
      rows.push({ what: `\`mcpass bridge\` between ${between}, from its start to the answer to the first call`, beside: "a bare pipe of lines", ratio: ourStart / bareStart, limit: 4 });
      rows.push({ what: `\`mcpass bridge\` between ${between}, idle, memory`, beside: "a bare pipe of lines", ratio: ourIdle / bareIdle, limit: 2.2 });
    }
    return rows;
  } finally {
    await Promise.all([older.stop(), newer.stop()]);
  }
}

function barePipe({ root }: HttpBench, url: string, authorization: string): Command {
  return { name: "floor", words: [process.execPath, join(root, "scripts/bench/bare-pipe.mjs"), url, authorization] };
}
