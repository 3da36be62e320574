import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

import type { McpassError } from "../../src/base/errors.ts";
import type { McpassEvent } from "../../src/base/events.ts";
import type { Runtime } from "../../src/base/runtime.ts";
import type { Configuration, ConfiguredServer } from "../../src/config/configuration.ts";
import type { LocalEntry, RemoteEntry, ServerEntry } from "../../src/config/server-entry.ts";
import { createManager, type AuthorizationNotice, type Manager, type ManagerOptions, type SignInOptions } from "../../src/connection/manager.ts";
import { createHttpFetch } from "../../src/surfaces/node/http-fetch.ts";
import { lookupHost } from "../../src/surfaces/node/lookup-host.ts";
import { openMemoryVault } from "../../src/vault/memory-vault.ts";
import type { Vault } from "../../src/vault/vault.ts";
import { createLedger, type Ledger } from "../servers/ledger.ts";
import { type AuthorizationServer, type AuthorizationServerOptions, startAuthorizationServer } from "../servers/authorization-server.ts";
import { type ResourceServer, type ResourceServerOptions, startResourceServer } from "../servers/resource-server.ts";

/** One manager over real loopback servers; everything is ended and removed when the test has finished. */
export interface Harness {
  readonly ledger: Ledger;
  readonly vault: Vault;
  readonly runtime: Runtime;
  /** Every URL that a browser was opened with. */
  readonly browsed: string[];
  readonly events: McpassEvent[];
  issuer(options?: AuthorizationServerOptions): Promise<AuthorizationServer>;
  resource(options?: ResourceServerOptions): Promise<ResourceServer>;
  manager(servers: Readonly<Record<string, ServerEntry>>, more?: readonly ConfiguredServer[], options?: Pick<ManagerOptions, "publicCallback">): Manager;
  /** Options of a person who approves everything. */
  readonly approving: SignInOptions & { readonly notices: AuthorizationNotice[] };
}

export async function openHarness(habits: { readonly now?: () => number } = {}): Promise<Harness> {
  const directory = await mkdtemp(join(tmpdir(), "mcpass-connection-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const ledger = createLedger();
  const browsed: string[] = [];
  const events: McpassEvent[] = [];
  const vault = openMemoryVault();
  const runtime: Runtime = {
    fetch: createHttpFetch(),
    lookup: lookupHost,
    now: habits.now ?? Date.now,
    openBrowser: async (url) => {
      browsed.push(url);
      void follow(url);
      return { opened: true };
    },
    environment: process.env,
    directories: { config: join(directory, "config"), data: join(directory, "data"), state: join(directory, "state"), cache: join(directory, "cache") },
    workingDirectory: directory,
    processName: `process ${process.pid} on this machine`,
    randomBytes: (length) => randomBytes(length),
  };
  const notices: AuthorizationNotice[] = [];
  return {
    ledger,
    vault,
    runtime,
    browsed,
    events,
    issuer: async (options) => {
      const issuer = await startAuthorizationServer(ledger, options);
      onTestFinished(() => issuer.stop());
      return issuer;
    },
    resource: async (options) => {
      const resource = await startResourceServer(ledger, options);
      onTestFinished(() => resource.stop());
      return resource;
    },
    manager: (servers, more, options) => {
      const manager = createManager({ runtime, vault, configuration: configurationOf(servers), ...(more === undefined ? {} : { servers: more }), ...options });
      manager.events.subscribe((event) => void events.push(event));
      onTestFinished(() => manager.close());
      return manager;
    },
    approving: { timeoutMs: 10_000, notices, onAuthorization: (notice) => void notices.push(notice) },
  };
}

export function remote(url: string, more: Partial<RemoteEntry> = {}): RemoteEntry {
  return {
    type: "remote",
    url,
    headers: {},
    oauth: undefined,
    enabled: true,
    timeout: { connectMs: 5000, requestMs: 5000 },
    account: undefined,
    allowPrivate: false,
    transport: "auto",
    protocol: "auto",
    ...more,
  };
}

export function local(command: readonly [string, ...string[]], more: Partial<LocalEntry> = {}): LocalEntry {
  return { type: "local", command, environment: {}, cwd: undefined, enabled: true, timeout: { connectMs: 5000, requestMs: 5000 }, protocol: "auto", ...more };
}

export function configured(name: string, entry: ServerEntry | undefined, error?: McpassError): ConfiguredServer {
  const shown = { type: entry?.type, url: entry?.type === "remote" ? entry.url : undefined, command: entry?.type === "local" ? entry.command : undefined };
  return { name, source: { file: "mcpass.jsonc", line: 1, column: 1, layer: "user" }, entry, error, enabled: entry?.enabled ?? true, shown };
}

function configurationOf(servers: Readonly<Record<string, ServerEntry>>): Configuration {
  return { servers: new Map(Object.entries(servers).map(([name, entry]) => [name, configured(name, entry)])), files: [], warnings: [], account: undefined };
}

/** What a browser does with a redirect. */
async function follow(url: string): Promise<void> {
  let next: string | null = url;
  for (let hop = 0; next !== null && hop < 10; hop += 1) {
    const answer: Response = await fetch(next, { redirect: "manual" });
    await answer.text();
    const location = answer.headers.get("location");
    next = location === null ? null : new URL(location, next).href;
  }
}
