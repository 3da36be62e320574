import { execFileSync } from "node:child_process";

import { measureBridges } from "./bridge-figures.ts";
import { bytesOnDisk } from "./disk.ts";
import { measureGateways } from "./gateway-figures.ts";
import type { HttpBench } from "./http-rows.ts";
import { runOnce } from "./measure.ts";
import { callRows, listRows, versionRow } from "./peer-command-rows.ts";
import type { PeerFigures, PeerRow } from "./peer-table.ts";
import { bridgeOf, commandOf, keptAlive, type OtherClients, otherClients, type Peer, type PeerName, peerNames } from "./peers.ts";
import { endProcesses, residentBytes } from "./processes.ts";
import { startService } from "./service.ts";
import { type SignedIn, signInToNotes } from "./signed-in.ts";

export interface PeerBench extends HttpBench {
  readonly rounds: number;
  /** node_modules of an installed mcpass. */
  readonly installed: string;
}

type Rows = (bench: PeerBench, peer: Peer, notes: SignedIn) => Promise<readonly PeerFigures[]>;

/** What each of them can do at all. */
const measurements: Readonly<Record<PeerName, Readonly<Record<string, Rows>>>> = (() => {
  const all = { "`mcpass bridge`": bridgeRows, "`mcpass --version`": versionRow, "`npm install`": diskRow };
  return { "mcp-remote": all, supergateway: all, mcporter: { ...all, "the gateway of `mcpass serve`": gatewayRows, "`mcpass call`": callRows, "`mcpass list`": listRows } };
})();

/** mcpass, signed in, beside each of the others in turn, in front of one server. What cannot be measured is a row that says so. */
export async function peerRows(bench: PeerBench): Promise<readonly PeerRow[]> {
  const others = await otherClients(bench.root);
  const notes = await signInToNotes(bench, "peers");
  try {
    const rows: PeerRow[] = [];
    for (const name of peerNames) rows.push(...(await rowsBeside(name, others, bench, notes)));
    return rows;
  } finally {
    await notes.stop();
  }
}

async function rowsBeside(name: PeerName, { versionOf, requireClient }: OtherClients, bench: PeerBench, notes: SignedIn): Promise<readonly PeerRow[]> {
  const program = `${name} ${versionOf(name)}`;
  const peer = await attempt("all of its rows", program, async () => ({ name, ...requireClient(name), environment: bench.home(`peer-${name}`, {}) }));
  if ("fault" in peer) return [peer];
  const node = execFileSync(peer.node, ["-p", "process.versions.node"], { encoding: "utf8" }).trim();
  const rows: PeerRow[] = [];
  for (const [what, measure] of Object.entries(measurements[name])) {
    const figures = await attempt(what, program, () => measure(onNodeOf(peer, bench), peer, notes));
    if ("fault" in figures) rows.push(figures);
    else rows.push(...figures.map((row) => ({ ...row, node, beside: row.beside === undefined ? program : `${program}: ${row.beside}` })));
    await endProcesses(name);
  }
  return rows;
}

async function attempt<T extends object>(what: string, beside: string, work: () => Promise<T>): Promise<T | { readonly what: string; readonly beside: string; readonly fault: string }> {
  try {
    return await work();
  } catch (error) {
    return { what, beside, fault: String(error) };
  }
}

/** Ours runs on the Node that the other one needs. */
function onNodeOf({ node }: Peer, bench: PeerBench): PeerBench {
  return {
    ...bench,
    mcpass: (...given) => {
      const command = bench.mcpass(...given);
      return { ...command, words: [node, ...command.words.slice(1)] };
    },
  };
}

async function bridgeRows({ mcpass, rounds }: PeerBench, peer: Peer, notes: SignedIn): Promise<readonly PeerFigures[]> {
  const [ours, theirs] = await measureBridges([mcpass("mcpass", ["bridge", "notes"], notes.environment), bridgeOf(peer, notes)], rounds, notes.ledger.clear);
  const beside = peer.name === "mcporter" ? { beside: "`serve --stdio`" } : {};
  return [
    { what: "`mcpass bridge`, from its start to the answer to `initialize`", ...beside, unit: "ms", ours: ours.startMs, theirs: theirs.startMs },
    { what: "a call through `mcpass bridge`, p50", ...beside, unit: "ms", ours: ours.callMs, theirs: theirs.callMs },
    { what: "time per call through `mcpass bridge`, 16 at once", ...beside, unit: "ms", ours: ours.callAtOnceMs, theirs: theirs.callAtOnceMs },
    { what: "`mcpass bridge`, idle, memory", ...beside, unit: "MB", ours: ours.idleBytes / 1e6, theirs: theirs.idleBytes / 1e6 },
    { what: "`mcpass bridge`, growth under 5,000 calls, memory", ...beside, unit: "MB", ours: ours.grownBytes / 1e6, theirs: theirs.grownBytes / 1e6 },
  ];
}

/** mcporter's daemon keeps the connection, and whoever asks at its port needs no token. */
async function gatewayRows({ mcpass }: PeerBench, peer: Peer, notes: SignedIn): Promise<readonly PeerFigures[]> {
  const { environment, ledger } = notes;
  const authorization = `Bearer ${(await runOnce(mcpass("token", ["serve", "--print-token"], environment))).stdout.trim()}`;
  const ours = await startService(mcpass("mcpass", ["serve", "--port", "0"], environment));
  try {
    const theirs = await startService(commandOf(peer, ["serve", "--http", "0"], { notes: keptAlive(notes) }));
    try {
      const [one, theirOne] = await measureGateways([{ url: `${ours.url}/gateway/notes`, authorization }, { url: `${theirs.url}/notes` }], ledger.clear);
      const tool = "notes__add_numbers";
      const [all, theirAll] = await measureGateways([{ url: `${ours.url}/gateway`, authorization, tool }, { url: theirs.url, tool }], ledger.clear);
      const memory = [residentBytes("mcpass"), residentBytes(peer.name)] as const;
      return [
        { what: "a call through `/gateway/notes`, p50", beside: "`serve --http`, `/mcp/notes`", unit: "ms", ours: one.callMs, theirs: theirOne.callMs },
        { what: "time per call through `/gateway/notes`, 64 at once", beside: "`serve --http`, `/mcp/notes`", unit: "ms", ours: one.callAtOnceMs, theirs: theirOne.callAtOnceMs },
        { what: "a call through `/gateway`, p50", beside: "`serve --http`, `/mcp`", unit: "ms", ours: all.callMs, theirs: theirAll.callMs },
        { what: "time per call through `/gateway`, 64 at once", beside: "`serve --http`, `/mcp`", unit: "ms", ours: all.callAtOnceMs, theirs: theirAll.callAtOnceMs },
        { what: "`mcpass serve`, after these calls, memory", beside: "`serve --http`", unit: "MB", ours: memory[0] / 1e6, theirs: memory[1] / 1e6 },
      ];
    } finally {
      await theirs.stop();
    }
  } finally {
    await ours.stop();
  }
}

async function diskRow({ installed }: PeerBench, { modules }: Peer): Promise<readonly PeerFigures[]> {
  return [{ what: "`npm install` of the packed file, on disk without native prebuilds", unit: "MB", ours: bytesOnDisk(installed) / 1e6, theirs: bytesOnDisk(modules) / 1e6 }];
}
