import { join } from "node:path";

import { measureGateways } from "./gateway-figures.ts";
import type { HttpBench } from "./http-rows.ts";
import { runOnce } from "./measure.ts";
import { startService } from "./service.ts";
import { signInToNotes } from "./signed-in.ts";
import type { Row } from "./table.ts";

/** The gateway of `mcpass serve`, signed in, beside a reverse proxy that puts the same token on each request to the same server. */
export async function gatewayRows(bench: HttpBench): Promise<readonly Row[]> {
  const { root, mcpass } = bench;
  const notes = await signInToNotes(bench, "gateway");
  const { environment, ledger } = notes;
  const authorization = `Bearer ${(await runOnce(mcpass("token", ["serve", "--print-token"], environment))).stdout.trim()}`;
  const serving = await startService(mcpass("serve", ["serve", "--port", "0"], environment));
  const proxy = await startService({ name: "floor", words: [process.execPath, join(root, "scripts/bench/bare-proxy.mjs"), notes.url, notes.authorization], environment });
  try {
    const [one, bareOne] = await measureGateways([{ url: `${serving.url}/gateway/notes`, authorization }, { url: proxy.url }], ledger.clear);
    const [all, bareAll] = await measureGateways([{ url: `${serving.url}/gateway`, authorization, tool: "notes__add_numbers" }, { url: proxy.url }], ledger.clear);
    return [
      { what: "a call through `/gateway/notes`, p50", beside: "a bare reverse proxy", ratio: one.callMs / bareOne.callMs, limit: 1.5 },
      { what: "time per call through `/gateway/notes`, 64 at once", beside: "a bare reverse proxy", ratio: one.callAtOnceMs / bareOne.callAtOnceMs, limit: 2 },
      { what: "a call through `/gateway`, p50", beside: "a bare reverse proxy", ratio: all.callMs / bareAll.callMs, limit: 1.5 },
    ];
  } finally {
    await Promise.all([serving.stop(), proxy.stop(), notes.stop()]);
  }
}
