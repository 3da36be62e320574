import { join } from "node:path";

import { measureBridges } from "./bridge-figures.ts";
import type { HttpBench } from "./http-rows.ts";
import type { Command } from "./measure.ts";
import { signInToNotes } from "./signed-in.ts";
import type { Row } from "./table.ts";

/** `mcpass bridge`, signed in, beside a pipe that does nothing but pass lines on with the same token to the same server. */
export async function bridgeRows({ rounds, ...bench }: HttpBench & { readonly rounds: number }): Promise<readonly Row[]> {
  const { url, environment, authorization, ledger, stop } = await signInToNotes(bench, "bridge");
  const ours = bench.mcpass("bridge", ["bridge", "notes"], environment);
  const floor: Command = { name: "floor", words: [process.execPath, join(bench.root, "scripts/bench/bare-pipe.mjs"), url, authorization], environment };
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
