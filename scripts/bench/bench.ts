import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

import { startAuthorizationServer } from "../../test/servers/authorization-server.ts";
import { createLedger } from "../../test/servers/ledger.ts";
import { startResourceServer } from "../../test/servers/resource-server.ts";
import { bridgeRows, translationRows } from "./bridge-rows.ts";
import { bytesOnDisk, installPacked } from "./disk.ts";
import { gatewayRows } from "./gateway-rows.ts";
import { httpRows } from "./http-rows.ts";
import { largeRows } from "./large-rows.ts";
import { type Command, runOnce, sideBySide } from "./measure.ts";
import { peerRows } from "./peer-rows.ts";
import { renewalRounds } from "./renewal-round.ts";
import { type Row, writePeerTable, writeTable } from "./table.ts";
import { tuiRows } from "./tui-rows.ts";
import { vaultRows } from "./vault-rows.ts";

const { values, positionals } = parseArgs({ options: { peers: { type: "boolean", default: false } }, allowPositionals: true });
const root = resolve(positionals[0] ?? ".");
const node = process.execPath;
const program = join(root, "dist/main.cjs");
const page = join(root, "docs/performance.md");
const work = mkdtempSync(join(tmpdir(), "mcpass-bench-"));
const rounds = Number(process.env["MCPASS_BENCH_ROUNDS"] ?? 15);

function home(name: string, servers: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const directory = join(work, name);
  mkdirSync(join(directory, "config"), { recursive: true });
  writeFileSync(join(directory, "config/mcpass.jsonc"), JSON.stringify({ mcp: servers }));
  return { MCPASS_HOME: directory, HOME: directory, MCPASS_KEY_SOURCE: "file" };
}

const mcpass = (name: string, words: readonly string[], environment: Readonly<Record<string, string>>): Command => ({ name, words: [node, program, ...words], environment });

async function startUp(): Promise<readonly Row[]> {
  const servers = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`server-${index}`, { type: "remote", url: `https://server-${index}.example/mcp` }]));
  const offline = home("offline", servers);
  const bare: Command = { name: "bare", words: [node, "-e", "0"], environment: offline };
  const walls = await sideBySide([bare, mcpass("version", ["--version"], offline), mcpass("offline", ["list", "--offline"], offline)], rounds);
  const floor = walls.get("bare") ?? Number.NaN;
  return [
    { what: "`mcpass --version`", beside: "bare `node -e 0`", ratio: (walls.get("version") ?? Number.NaN) / floor, limit: 1.5 },
    { what: "`mcpass list --offline`, 20 servers", beside: "bare `node -e 0`", ratio: (walls.get("offline") ?? Number.NaN) / floor, limit: 2.2 },
  ];
}

async function list(): Promise<readonly Row[]> {
  const ledger = createLedger();
  const open = await Promise.all(Array.from({ length: 20 }, async (_, index) => startResourceServer(ledger, { party: `open-${index}`, guard: "open" })));
  const environment = home("list", Object.fromEntries(open.map(({ url }, index) => [`open-${index}`, { type: "remote", url }])));
  const floor: Command = { name: "floor", words: [node, join(root, "scripts/bench/floor.mjs"), ...open.map(({ url }) => url)], environment };
  const walls = await sideBySide([floor, mcpass("list", ["list"], environment)], rounds);
  const peak = join(work, "peak");
  const memory = { ...environment, NODE_OPTIONS: `--require ${join(root, "scripts/bench/peak-memory.cjs")}`, MCPASS_BENCH_PEAK: peak };
  const { exitCode } = await runOnce(mcpass("list", ["list"], memory));
  if (exitCode !== 0) throw new Error(`list ended with ${exitCode}`);
  await Promise.all(open.map((server) => server.stop()));
  return [
    { what: "`mcpass list`, 20 open servers", beside: "20 bare `initialize` requests in parallel", ratio: (walls.get("list") ?? Number.NaN) / (walls.get("floor") ?? Number.NaN), limit: 2.5 },
    { what: "`mcpass list`, 20 open servers, peak memory", beside: "110 MB", ratio: Number(readFileSync(peak, "utf8")) / 110e6, limit: 1 },
  ];
}

async function hanging(): Promise<readonly Row[]> {
  const deadlineMs = 2_000;
  const ledger = createLedger();
  const servers = await Promise.all(Array.from({ length: 50 }, async (_, index) => startResourceServer(ledger, { party: `server-${index}`, guard: "open", hang: index % 10 === 0 })));
  const environment = home("hanging", Object.fromEntries(servers.map(({ url }, index) => [`server-${index}`, { type: "remote", url, timeout: deadlineMs }])));
  const walls = await sideBySide([mcpass("list", ["list", "--json"], environment)], 3);
  await Promise.all(servers.map((server) => server.stop()));
  return [{ what: "`mcpass list`, 50 servers of which 5 hang", beside: "the connect deadline (2 s)", ratio: (walls.get("list") ?? Number.NaN) / deadlineMs, limit: 1.2 }];
}

/** Requests of one cold sign-in followed by a call, and of one renewal: counted in the servers' ledger, beside the fewest possible. */
async function requests(): Promise<readonly Row[]> {
  const ledger = createLedger();
  const issuer = await startAuthorizationServer(ledger, { accessTokenSeconds: 1 });
  const server = await startResourceServer(ledger, { trusts: issuer });
  const environment = home("requests", { notes: { type: "remote", url: server.url } });
  const follow = `${node} ${join(root, "test/rig/follow.mjs")}`;
  const signedIn = await runOnce(mcpass("auth", ["auth", "notes", "--browser", follow], environment));
  if (signedIn.exitCode !== 0) throw new Error(`auth ended with ${signedIn.exitCode}`);
  const lines = ledger.sequence("resource", "issuer").filter((line) => !line.includes("/authorize"));
  const upToFirstAuthorized = lines.findIndex((line) => line.includes("→ 200") && line.startsWith("resource POST")) + 1;
  await new Promise((done) => setTimeout(done, 1_200));
  ledger.clear();
  const called = await runOnce(mcpass("call", ["call", "notes", "echo", "text=hello"], environment));
  if (called.exitCode !== 0) throw new Error(`call ended with ${called.exitCode}`);
  const renewal = ledger.entries.filter(({ party }) => party === "issuer").length;
  await Promise.all([issuer.stop(), server.stop()]);
  return [
    { what: "requests of a cold sign-in", beside: "probe, resource metadata, issuer metadata, registration, token, first authorized request", ratio: upToFirstAuthorized / 6, limit: 1 },
    { what: "requests of a renewal", beside: "one", ratio: renewal, limit: 1 },
  ];
}

/** On the disk of this repository: the system's directory for temporary files may be memory, where nothing is ever written through. */
async function vault(): Promise<readonly Row[]> {
  const onDisk = mkdtempSync(join(root, ".cache/bench-"));
  try {
    return [...(await vaultRows(onDisk)), ...(await renewalRounds({ root, work: onDisk, rounds }))];
  } finally {
    rmSync(onDisk, { recursive: true, force: true });
  }
}

function installed(): readonly Row[] {
  return [{ what: "`npm install` of the packed file, on disk without native prebuilds", beside: "15 MB", ratio: bytesOnDisk(installPacked(root, work)) / 15e6, limit: 1 }];
}

async function besideFloors(): Promise<boolean> {
  const surfaces = [...(await httpRows({ root, home, mcpass })), ...(await tuiRows({ root, home }, rounds)), ...(await bridgeRows({ root, home, mcpass, rounds })), ...(await translationRows({ root, home, mcpass, rounds })), ...(await gatewayRows({ root, home, mcpass })), ...(await largeRows({ root, home, mcpass }))];
  const rows = [...(await startUp()), ...(await list()), ...(await hanging()), ...(await requests()), ...(await vault()), ...surfaces, ...installed()];
  return writeTable(rows, page, rounds);
}

async function besideOthers(): Promise<boolean> {
  return writePeerTable(await peerRows({ root, home, mcpass, rounds, installed: installPacked(root, work) }), page, rounds);
}

try {
  process.exitCode = (values.peers ? await besideOthers() : await besideFloors()) ? 0 : 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
