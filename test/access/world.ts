import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { onTestFinished } from "vitest";

import { type Access, openAccess } from "../../src/access/access.ts";
import { openServerMemory, type ServerMemory } from "../../src/access/server-memory.ts";
import type { AuthorizationNotice } from "../../src/access/sign-in-types.ts";
import type { SignInRequest } from "../../src/access/sign-in.ts";
import { findMcpassError, type McpassError } from "../../src/base/errors.ts";
import { Emitter, type McpassEvent } from "../../src/base/events.ts";
import type { Runtime } from "../../src/base/runtime.ts";
import type { RemoteEntry } from "../../src/config/server-entry.ts";
import { canonicalServerUrl } from "../../src/oauth/resource.ts";
import { createNodeRuntime } from "../../src/surfaces/node/node-runtime.ts";
import { openFileVault } from "../../src/vault/file-vault.ts";
import { recordedGrant } from "../../src/access/stored-grant.ts";
import type { Vault } from "../../src/vault/vault.ts";
import type { Grant } from "../../src/vault/vault-record.ts";
import { browserDouble, type BrowserDouble, type BrowserHabits } from "../rig/browser.ts";
import { makeHome } from "../rig/program.ts";
import { type AuthorizationServer, type AuthorizationServerOptions, startAuthorizationServer } from "../servers/authorization-server.ts";
import { createLedger, type Ledger } from "../servers/ledger.ts";
import { type Handle, html, listen, type Listening } from "../servers/listener.ts";
import { type ResourceServer, type ResourceServerOptions, startResourceServer } from "../servers/resource-server.ts";
import { freePort } from "../rig/free-port.ts";

export interface AccessHabits {
  /** Opens what is opened; one that approves at once unless given. */
  readonly browser?: BrowserDouble;
  readonly name?: string;
  readonly account?: string;
  /** Instead of the world's own. */
  readonly vault?: Vault;
  /** Laid over the Node runtime. */
  readonly runtime?: Partial<Runtime>;
  readonly patienceMs?: () => number;
  readonly unsavedMs?: number;
}

/** A person who approves, and what that person was told. */
export interface Person extends SignInRequest {
  readonly notices: AuthorizationNotice[];
  readonly said: string[];
  readonly pastesRefused: McpassError[];
}

/** One test's machine: a home with a file vault, servers, browsers and a clock. All of it ends with the test. */
export interface World {
  readonly ledger: Ledger;
  readonly vault: Vault;
  readonly memory: ServerMemory;
  readonly events: McpassEvent[];
  /** Every URL given to the browser. */
  readonly opened: string[];
  /** How far the clock of the program is ahead of the servers'. */
  readonly clock: { aheadMs: number };
  issuer(options?: AuthorizationServerOptions): Promise<AuthorizationServer>;
  /** Without sessions, so that each message stands alone. */
  resource(options?: ResourceServerOptions): Promise<ResourceServer>;
  bystander(party: string, handle?: Handle): Promise<Listening>;
  browser(habits?: BrowserHabits): BrowserDouble;
  /** As a process of its own would have it: the vault's directory is all that two of them share. */
  access(entry: RemoteEntry, habits?: AccessHabits): Access;
  person(wishes?: Partial<SignInRequest>): Person;
  storedGrant(entry: RemoteEntry, account?: string): Promise<Grant | undefined>;
  /** Name → content of every record's file. */
  vaultFiles(): Promise<Record<string, string>>;
  /** Key → opened record, as a text. */
  vaultRecords(): Promise<Record<string, string>>;
  readonly home: string;
}

export async function openWorld(): Promise<World> {
  const home = await makeHome();
  onTestFinished(() => home.remove());
  const ledger = createLedger();
  const [events, opened, clock] = [[] as McpassEvent[], [] as string[], { aheadMs: 0 }];
  const now = (): number => Date.now() + clock.aheadMs;
  const directory = join(home.directory, "data", "vault");
  const browser = (habits?: BrowserHabits): BrowserDouble => browserDouble(home.directory, habits);
  const approving = browser();
  const vault = openFileVault({ directory, now, lockWaitMs: 10_000, environment: { MCPASS_KEY_SOURCE: "file" } });
  const memory = openServerMemory({ directory: join(home.directory, "cache") });
  return {
    ledger, vault, memory, events, opened, clock, browser, home: home.directory,
    issuer: async (options) => kept(await startAuthorizationServer(ledger, options)),
    resource: async (options) => kept(await startResourceServer(ledger, { sessions: false, ...options })),
    bystander: async (party, handle = () => html(200, "bystander")) => kept(await listen(ledger, party, handle)),
    access: (entry, habits = {}) => {
      const emitter = new Emitter();
      emitter.subscribe((event) => void events.push(event));
      const { commandLine, environment } = habits.browser ?? approving;
      const node = createNodeRuntime({ environment: { ...process.env, ...environment, BROWSER: commandLine }, homeDirectory: home.directory, workingDirectory: home.directory });
      const openBrowser: Runtime["openBrowser"] = (url) => (opened.push(url), node.openBrowser(url));
      const runtime: Runtime = { ...node, now, openBrowser, ...habits.runtime };
      const own = habits.vault ?? openFileVault({ directory, now, lockWaitMs: 10_000, environment: { MCPASS_KEY_SOURCE: "file" } });
      return openAccess({ runtime, vault: own, memory, events: emitter, name: habits.name ?? "example", entry, account: habits.account, patienceMs: habits.patienceMs, unsavedMs: habits.unsavedMs });
    },
    person: (wishes = {}) => {
      const [notices, said, pastesRefused] = [[] as AuthorizationNotice[], [] as string[], [] as McpassError[]];
      const told = { onAuthorization: (notice: AuthorizationNotice) => void notices.push(notice), onNotice: (message: string) => void said.push(message) };
      return { timeoutMs: 10_000, notices, said, pastesRefused, ...told, onPasteRefused: (error) => void pastesRefused.push(error), ...wishes };
    },
    storedGrant: (entry, account = "default") => recordedGrant({ vault, entry, account, serverUrl: canonicalServerUrl(entry.url) }),
    vaultRecords: async () => Object.fromEntries(await Promise.all((await vault.list()).map(async ({ key }) => [key, JSON.stringify(await vault.read(key))] as const))),
    vaultFiles: async () => {
      const names = (await readdir(directory).catch(() => [])).filter((name) => name.endsWith(".json") && name !== "vault.json");
      return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(directory, name), "utf8")] as const)));
    },
  };
}

function kept<T extends { stop(): Promise<void> }>(started: T): T {
  onTestFinished(() => started.stop());
  return started;
}

export function remote(url: string, more: Partial<RemoteEntry> = {}): RemoteEntry {
  return { type: "remote", url, headers: {}, oauth: undefined, enabled: true, timeout: { connectMs: 5_000, requestMs: 5_000 }, account: undefined, allowPrivate: false, transport: "auto", protocol: "auto", ...more };
}

/** An issuer, a server that trusts it, and an entry with a callback port of its own; signed in to unless told otherwise. */
export interface Signed {
  readonly world: World;
  readonly issuer: AuthorizationServer;
  readonly server: ResourceServer;
  readonly entry: RemoteEntry;
  readonly access: Access;
}

export async function openSigned(options: { issuer?: AuthorizationServerOptions; server?: ResourceServerOptions; oauth?: RemoteEntry["oauth"]; signIn?: boolean } = {}): Promise<Signed> {
  const world = await openWorld();
  const issuer = await world.issuer(options.issuer);
  const server = await world.resource({ trusts: issuer, ...options.server });
  const entry = remote(server.url, { oauth: { callbackPort: await freePort(), ...(options.oauth === false ? {} : options.oauth) } });
  const access = world.access(entry);
  if (options.signIn === false) return { world, issuer, server, entry, access };
  await access.signIn(world.person());
  world.ledger.clear();
  return { world, issuer, server, entry, access };
}

export interface Said {
  readonly status: number;
  readonly text: string;
}

/** Sends one MCP message and reads the answer to its end. */
export async function send(access: Access, url: string, method = "tools/list", params: object = {}, signal?: AbortSignal): Promise<Said> {
  const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  const answer = await access.fetch(url, { method: "POST", headers, body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }), ...(signal === undefined ? {} : { signal }) });
  let text = "";
  for await (const chunk of answer.body ?? []) text += Buffer.from(chunk).toString();
  return { status: answer.status, text };
}

export function callTool(access: Access, url: string, name: string, args: object = {}): Promise<Said> {
  return send(access, url, "tools/call", { name, arguments: args });
}

/** The McpassError that a promise is rejected with. */
export async function refusal(promise: Promise<unknown>): Promise<McpassError> {
  const error = await promise.then((value) => new Error(`it was not rejected: ${JSON.stringify(value)}`), (thrown: unknown) => thrown);
  const found = findMcpassError(error);
  if (found === undefined) throw error;
  return found;
}

/** Goes to an authorization URL as a person's browser would, and returns where it is sent back to. */
export async function approveByHand(url: string): Promise<string> {
  const location = (await fetch(url, { redirect: "manual" })).headers.get("location");
  if (location === null) throw new Error("the issuer did not redirect");
  return location;
}
