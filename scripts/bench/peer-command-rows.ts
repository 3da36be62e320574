import { readFileSync } from "node:fs";
import { join } from "node:path";

import { createLedger } from "../../test/servers/ledger.ts";
import { startResourceServer } from "../../test/servers/resource-server.ts";
import type { HttpBench } from "./http-rows.ts";
import { type Command, runOnce, sideBySide } from "./measure.ts";
import type { PeerFigures } from "./peer-table.ts";
import { commandOf, configured, keptAlive, type Peer } from "./peers.ts";
import type { SignedIn } from "./signed-in.ts";
import type { Two } from "./two.ts";

type CommandBench = HttpBench & { readonly rounds: number };

/** Whole processes, from start to exit. */
export async function versionRow({ mcpass, rounds }: CommandBench, peer: Peer, { environment }: SignedIn): Promise<readonly PeerFigures[]> {
  const [ours, theirs] = await medians([mcpass("mcpass", ["--version"], environment), commandOf(peer, ["--version"])], rounds);
  return [{ what: "`mcpass --version`", beside: "`--version`", unit: "ms", ours, theirs }];
}

export async function callRows({ mcpass, rounds }: CommandBench, peer: Peer, notes: SignedIn): Promise<readonly PeerFigures[]> {
  const call = mcpass("mcpass", ["call", "notes", "add_numbers", "a=2", "b=3"], notes.environment);
  const words = ["call", "notes.add_numbers", "a=2", "b=3"];
  const alone = await measured([call, commandOf(peer, words, { notes: configured(notes) })], /^5$/m, rounds);
  const kept = await measured([call, commandOf(peer, words, { notes: keptAlive(notes) })], /^5$/m, rounds);
  return [
    { what: "`mcpass call`", beside: "`call`", unit: "ms", ...alone },
    { what: "`mcpass call`", beside: "`call`, connected already by its daemon", unit: "ms", ...kept },
  ];
}

export async function listRows({ root, home, mcpass, rounds }: CommandBench, peer: Peer): Promise<readonly PeerFigures[]> {
  const ledger = createLedger();
  const open = await Promise.all(Array.from({ length: 20 }, async (_, index) => startResourceServer(ledger, { party: `open-${index}`, guard: "open" })));
  try {
    const entries = (more: object): Readonly<Record<string, unknown>> => Object.fromEntries(open.map(({ url }, index) => [`open-${index}`, { url, ...more }]));
    const commands = [mcpass("mcpass", ["list"], home("peers-list", entries({ type: "remote" }))), commandOf(peer, ["list"], entries({}))] as const;
    const walls = await measured(commands, /open-19/, rounds);
    const peaks = { ours: await peakBytes(root, commands[0]), theirs: await peakBytes(root, commands[1]) };
    return [
      { what: "`mcpass list`, 20 open servers", beside: "`list`", unit: "ms", ...walls },
      { what: "`mcpass list`, 20 open servers, peak memory", beside: "`list`", unit: "MB", ours: peaks.ours / 1e6, theirs: peaks.theirs / 1e6 },
    ];
  } finally {
    await Promise.all(open.map((server) => server.stop()));
  }
}

async function measured(commands: Two<Command>, says: RegExp, rounds: number): Promise<{ readonly ours: number; readonly theirs: number }> {
  for (const command of commands) {
    const { stdout } = await runOnce(command);
    if (!says.test(stdout)) throw new Error(`${command.name} said ${stdout.slice(0, 300)}`);
  }
  const [ours, theirs] = await medians(commands, rounds);
  return { ours, theirs };
}

async function medians([ours, theirs]: Two<Command>, rounds: number): Promise<Two<number>> {
  const walls = await sideBySide([ours, theirs], rounds);
  return [walls.get(ours.name) ?? Number.NaN, walls.get(theirs.name) ?? Number.NaN];
}

async function peakBytes(root: string, command: Command): Promise<number> {
  const file = join(command.environment?.["HOME"] ?? "", "peak");
  const environment = { ...command.environment, NODE_OPTIONS: `--require ${join(root, "scripts/bench/peak-memory.cjs")}`, MCPASS_BENCH_PEAK: file };
  const { exitCode } = await runOnce({ ...command, environment });
  if (exitCode !== 0) throw new Error(`${command.name} ended with ${String(exitCode)}`);
  return Number(readFileSync(file, "utf8"));
}
