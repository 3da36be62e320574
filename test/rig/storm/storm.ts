import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { recordedGrant } from "../../../src/access/stored-grant.ts";
import { canonicalServerUrl } from "../../../src/oauth/resource.ts";
import type { Grant } from "../../../src/vault/vault-record.ts";
import { type AuthorizationServer, type AuthorizationServerOptions, startAuthorizationServer } from "../../servers/authorization-server.ts";
import { type ResourceServer, startResourceServer } from "../../servers/resource-server.ts";
import { buildProgram, type BuiltProgram } from "./build-program.ts";
import { createCountingLedger, type StormCounts } from "./counts.ts";
import { entryFor } from "./entry.ts";
import type { FailedCall, StormMessage, StormOrder, StormPlan } from "./plan.ts";
import { signInEvery } from "./sign-in.ts";

export interface StormOptions {
  readonly root: string;
  readonly processes: number;
  readonly grants: number;
  readonly accessTokenSeconds: number;
  readonly beatMs: number;
  readonly callsPerBeat: number;
  /** The first this many grants are also renewed ahead of their end, by every process. */
  readonly keptFresh?: number;
  /** More of the authorization server; it rotates, and ends the family of a refresh token that is used twice. */
  readonly issuer?: AuthorizationServerOptions;
  readonly patienceMs?: number;
  /** Default true; see `buildProgram`. */
  readonly locked?: boolean;
  /** The vault is this database, and the processes are in so many groups that share nothing else, as those of so many machines. */
  readonly database?: { readonly url: string; readonly groups: number };
}

/** How a storm ended. */
export interface StormReport extends StormCounts {
  readonly seconds: number;
  /** Calls that did not come back with the server's answer, as the workers tell. */
  readonly failures: readonly FailedCall[];
  /** How long calls took, in ms, the shortest first. */
  readonly tookMs: readonly number[];
  readonly grants: readonly StormGrant[];
  /** Workers that ended by themselves, or did not end when they were told to. */
  readonly workersLost: number;
}

/** One grant as it is stored, beside what the authorization server knows of it. */
export interface StormGrant {
  readonly account: string;
  readonly stored: Grant;
  /** Its refresh tokens that were redeemed, as the server knows. */
  readonly redeemed: number;
  /** The stored refresh token is the one that the server would take. */
  readonly isCurrent: boolean;
}

/** Warm processes that share grants whose access tokens live for a moment. `stop` ends all of it, whatever happened. */
export interface Storm {
  readonly issuer: AuthorizationServer;
  readonly server: ResourceServer;
  readonly accounts: readonly string[];
  /** The process ids of those that run and have opened their grants. */
  running(): readonly number[];
  counts(): StormCounts;
  failures(): readonly FailedCall[];
  /** The grant as it is stored now. */
  stored(account: string): Promise<Grant>;
  /** Calls with the process ids of those that have written down that they redeem a refresh token, whenever the issuer is asked to renew. */
  onRenewal(listener: (redeemers: readonly number[]) => void): void;
  /** kill -9, and another one in its place. */
  replace(pid: number): Promise<void>;
  signal(pid: number, signal: "SIGSTOP" | "SIGCONT"): void;
  /** Goes on until `done`, at most for `limitMs`: then it throws. */
  until(done: (counts: StormCounts) => boolean, limitMs: number): Promise<void>;
  /** Lets every worker end its last calls. */
  finish(): Promise<StormReport>;
  stop(): Promise<void>;
}

export async function openStorm(options: StormOptions): Promise<Storm> {
  const renewalListeners: ((redeemers: readonly number[]) => void)[] = [];
  const counting = createCountingLedger(({ path }) => {
    if (path === "/token" && renewalListeners.length > 0) void findRedeemers().then((pids) => renewalListeners.forEach((listener) => listener(pids)));
  });
  const home = await mkdtemp(join(tmpdir(), "mcpass-storm-"));
  const issuer = await startAuthorizationServer(counting.ledger, { rotation: "family", accessTokenSeconds: options.accessTokenSeconds, ...options.issuer });
  const server = await startResourceServer(counting.ledger, { trusts: issuer, sessions: false });
  const accounts = Array.from({ length: options.grants }, (_, index) => `account-${String(index + 1)}`);
  const environment = { PATH: process.env["PATH"] ?? "", HOME: home, ...vaultOf(options) };
  const homes = Array.from({ length: options.database?.groups ?? 1 }, (_, index) => join(home, `machine-${String(index + 1)}`));
  const vault = await signInEvery({ home: homes[0]!, environment, url: server.url, accounts });
  counting.reset();
  const counts = (): StormCounts => counting.counts(issuer.store);
  const program = await buildProgram(options.root, "test/rig/storm/worker.ts", { locked: options.locked ?? true });
  const crew = createCrew({ options, program, environment, homes, plan: { url: server.url, accounts, keptFresh: accounts.slice(0, options.keptFresh ?? 0) } });
  const stored = async (account: string): Promise<Grant> => {
    const entry = entryFor(server.url);
    const grant = await recordedGrant({ vault, entry, account, serverUrl: canonicalServerUrl(entry.url) });
    if (grant === undefined) throw new Error(`no grant of ${account} is stored`);
    return grant;
  };
  const findRedeemers = async (): Promise<readonly number[]> => {
    const grants = await Promise.all(accounts.map(stored));
    return grants.flatMap(({ redeeming }) => /^process (\d+) /.exec(redeeming?.by ?? "")?.slice(1).map(Number) ?? []);
  };
  await crew.start();
  const startedAt = Date.now();
  return {
    issuer, server, accounts, counts, stored,
    running: crew.running,
    failures: () => crew.failures,
    onRenewal: (listener) => void renewalListeners.push(listener),
    replace: crew.replace,
    signal: (pid, signal) => void process.kill(pid, signal),
    until: async (done, limitMs) => {
      const until = Date.now() + limitMs;
      while (!done(counts())) {
        if (Date.now() > until) throw new Error(`the storm was not over after ${String(limitMs / 1000)} s: ${JSON.stringify({ ...counts(), failures: crew.failures.slice(0, 3) })}`);
        await sleep(100);
      }
    },
    finish: async () => {
      const { tookMs, workersLost } = await crew.end();
      const seconds = (Date.now() - startedAt) / 1000;
      const grants = await Promise.all(accounts.map(async (account) => beside(issuer, account, await stored(account))));
      return { ...counts(), seconds, failures: crew.failures, tookMs: tookMs.toSorted((one, other) => one - other), grants, workersLost };
    },
    stop: async () => {
      await crew.kill();
      await Promise.all([issuer.stop(), server.stop(), vault.close(), program.remove()]);
      await rm(home, { recursive: true, force: true });
    },
  };
}

function vaultOf({ database }: StormOptions): Readonly<Record<string, string>> {
  return database === undefined ? { MCPASS_KEY_SOURCE: "file" } : { MCPASS_VAULT: database.url, MCPASS_KEY: randomBytes(32).toString("hex") };
}

interface CrewOptions {
  readonly options: StormOptions;
  readonly homes: readonly string[];
  readonly program: BuiltProgram;
  readonly environment: Readonly<Record<string, string>>;
  readonly plan: Pick<StormPlan, "url" | "accounts" | "keptFresh">;
}

/** The processes. Each that was started is ended by `end` or `kill`. */
function createCrew({ options, homes, program, environment, plan }: CrewOptions) {
  const failures: FailedCall[] = [];
  const workers = new Map<number, ChildProcess>();
  const ready = new Set<number>();
  const tookMs: number[] = [];
  let numbered = 0;
  let workersLost = 0;
  let startAt: number | undefined;
  const tell = (child: ChildProcess, order: StormOrder): void => void child.send(order);
  const launch = async (): Promise<void> => {
    numbered += 1;
    const own: StormPlan = { ...plan, home: homes[numbered % homes.length]!, worker: numbered, beatMs: options.beatMs, callsPerBeat: options.callsPerBeat, patienceMs: options.patienceMs };
    const child = spawn(process.execPath, [program.file, JSON.stringify(own)], { env: environment, stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const pid = child.pid!;
    workers.set(pid, child);
    await new Promise<void>((resolve) => {
      child.on("message", (message: StormMessage) => {
        if (message.type === "failed") failures.push(message.failure);
        else if (message.type === "done") tookMs.push(...message.tookMs);
        else {
          ready.add(pid);
          if (startAt !== undefined) tell(child, { type: "start", startAt });
          resolve();
        }
      });
      child.once("exit", (code) => {
        ready.delete(pid);
        if (workers.delete(pid) && code !== 0) workersLost += 1;
        resolve();
      });
    });
  };
  const kill = async (pid: number): Promise<void> => {
    const child = workers.get(pid);
    if (child === undefined || !workers.delete(pid)) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  return {
    failures,
    running: (): readonly number[] => [...ready],
    /** All of them are warm before the first one calls. */
    start: async (): Promise<void> => {
      for (let launched = 0; launched < options.processes; launched += 4) {
        await Promise.all(Array.from({ length: Math.min(4, options.processes - launched) }, launch));
      }
      startAt = Date.now();
      for (const child of workers.values()) tell(child, { type: "start", startAt });
    },
    replace: async (pid: number): Promise<void> => {
      if (!workers.has(pid)) return;
      await kill(pid);
      await launch();
    },
    end: async (): Promise<{ readonly tookMs: readonly number[]; readonly workersLost: number }> => {
      const ending = [...workers.values()].map(async (child) => {
        const ended = once(child, "exit");
        tell(child, { type: "stop" });
        await Promise.race([ended, sleep(30_000, undefined, { ref: false })]);
      });
      await Promise.all(ending);
      return { tookMs, workersLost: workersLost + workers.size };
    },
    kill: async (): Promise<void> => void (await Promise.all([...workers.keys()].map(kill))),
  };
}

/** What is stored, and what the issuer knows of it. */
export function beside(issuer: AuthorizationServer, account: string, stored: Grant): StormGrant {
  const token = (stored.tokens ?? stored.ended?.quarantined)?.refreshToken ?? "";
  const known = issuer.store.tokens.get(token);
  const family = [...issuer.store.tokens.values()].filter((issued) => issued.kind === "refresh" && issued.family === known?.family);
  return { account, stored, redeemed: family.filter(({ usedAt }) => usedAt !== undefined).length, isCurrent: known?.state === "live" };
}
