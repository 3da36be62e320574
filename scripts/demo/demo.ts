import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Ledger } from "../../test/servers/ledger.ts";
import { play, type Stage, type Step } from "./play.ts";
import { type DemoServers, startDemoServers } from "./servers.ts";

// This file runs bundled, from .cache/scripts.
const root = resolve(import.meta.dirname, "../..");
const interactive = process.argv.includes("--interactive");

const steps: readonly Step[] = [
  { words: ["list"], exitCode: 0 },
  { words: ["auth", "notes"], exitCode: 0 },
  { words: ["list"], exitCode: 0 },
  { words: ["call", "notes", "search", "query=coffee"], exitCode: 0 },
];

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const interruption = new AbortController();
for (const [name, exitCode] of Object.entries(exitCodes)) {
  process.once(name, () => {
    process.exitCode = exitCode;
    interruption.abort();
  });
}

async function demonstrate(home: string): Promise<boolean> {
  const servers = await startDemoServers();
  try {
    console.log(introduction());
    await configure(home, servers);
    const stage: Stage = { program: join(root, "dist/main.cjs"), workingDirectory: home, environment: environmentOf(home, servers), interactive, signal: interruption.signal };
    const done = await play(stage, steps);
    if (done) console.log(`\n${summary(servers.ledger)}`);
    return done;
  } finally {
    await servers.stop();
  }
}

function introduction(): string {
  const person = interactive ? "Your browser will open: any name and any password will do." : "A small program plays your browser and approves; with `npm run demo -- --interactive` it is you.";
  return `Four MCP servers and two authorization servers now run on this machine, for this demonstration only.\n${person}`;
}

async function configure(home: string, { entries }: DemoServers): Promise<void> {
  await mkdir(join(home, "config"));
  await writeFile(join(home, "config/mcpass.jsonc"), JSON.stringify({ mcp: entries }, undefined, 2));
}

/** The person's own, without what would lead mcpass to anything of theirs. */
function environmentOf(home: string, { environment }: DemoServers): Record<string, string | undefined> {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("MCPASS_")));
  const approving = { BROWSER: `"${process.execPath}" "${join(root, "test/rig/follow.mjs")}"`, FOLLOW_LOGIN: "alice" };
  return { ...own, ...environment, MCPASS_HOME: home, MCPASS_KEY_SOURCE: "file", ...(interactive ? {} : approving) };
}

/** Two lines, counted from what the servers saw. */
function summary(ledger: Ledger): string {
  const registrations = ledger.count({ party: "issuer", method: "POST", path: "/reg" });
  const tokens = ledger.count({ party: "issuer", method: "POST", path: "/token" });
  const signed = ledger.find({ party: "notes", method: "POST" }).filter(({ headers, status }) => headers["authorization"] !== undefined && status < 300).length;
  return [
    `mcpass found the authorization server of notes by itself, registered ${count(registrations, "client")}, exchanged ${count(tokens, "code")}, and then sent ${count(signed, "signed message")} without asking again.`,
    "open and keyed needed no sign-in; closed is waiting for a client id. All of it was kept in a temporary folder, which is gone now.",
  ].join("\n");
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

const home = await realpath(await mkdtemp(join(tmpdir(), "mcpass-demo-")));
try {
  if (!(await demonstrate(home))) process.exitCode ??= 1;
} finally {
  await rm(home, { recursive: true, force: true, maxRetries: 3 });
}
