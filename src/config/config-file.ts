import type { Runtime } from "../base/runtime.ts";
import type { Configuration, ConfiguredServer } from "./configuration.ts";
import { configureServer, entryWarnings, refusedServer } from "./configure-server.ts";
import { findConfigFiles } from "./find-config.ts";
import { type ConfigLayer, readLayer } from "./layer.ts";
import { overrideByUser, restrictByProject } from "./override-server.ts";
import type { RawEntry } from "./raw-entries.ts";
import { readConfigFile } from "./read-text.ts";
import { type Trust, readTrust, trustOf, untrusted } from "./trust.ts";

export type { Configuration, ConfiguredServer, Layer, Shown, Source } from "./configuration.ts";

/**
 * What the user asked for. `configFile` (else MCPASS_CONFIG) replaces the user's and the project's file. A bad entry is a server with an `error`.
 * @throws McpassError `config_unreadable` or `config_invalid` (file, line, column, caret) when a whole file is unusable.
 */
export async function readConfiguration(options: { readonly runtime: Runtime; readonly configFile?: string | undefined }): Promise<Configuration> {
  const { runtime } = options;
  const files = (await findConfigFiles(runtime, options.configFile)).map(readConfigFile);
  const layers = files.map(readLayer);
  const own = layers.find(({ file }) => file.layer !== "project");
  const project = layers.find(({ file }) => file.layer === "project");
  const collected: Collected = { servers: new Map(), warnings: layers.flatMap(({ warnings }) => warnings) };
  if (own !== undefined) await collectOwn(runtime, own, collected);
  if (project !== undefined) await collectProject(runtime, project, own, collected);
  collected.warnings.push(...orphans(layers, collected.servers));
  return {
    servers: collected.servers,
    files: files.map(({ path, layer }) => ({ path, layer })),
    warnings: collected.warnings,
    account: project?.account ?? own?.account,
    ...(own?.bridgeOpens === undefined ? {} : { bridgeOpens: own.bridgeOpens }),
    ...(own?.gateway === undefined ? {} : { gateway: own.gateway }),
  };
}

interface Collected {
  readonly servers: Map<string, ConfiguredServer>;
  readonly warnings: string[];
}

async function collectOwn(runtime: Runtime, layer: ConfigLayer, { servers, warnings }: Collected): Promise<void> {
  const configured = await Promise.all(layer.entries.map((raw) => configureServer(runtime, raw, layer.timeouts)));
  for (const server of configured) servers.set(server.name, server);
  warnings.push(...layer.entries.flatMap(entryWarnings));
}

async function collectProject(runtime: Runtime, layer: ConfigLayer, own: ConfigLayer | undefined, { servers, warnings }: Collected): Promise<void> {
  const trust: Trust = layer.entries.length === 0 ? new Map() : await readTrust(runtime);
  for (const raw of [...layer.entries, ...layer.stubs]) {
    const users = own?.entries.find(({ name }) => name === raw.name);
    const usersServer = servers.get(raw.name);
    if (users !== undefined && usersServer !== undefined) {
      const restricted = restrictByProject(usersServer, users, raw);
      servers.set(raw.name, restricted.server);
      warnings.push(...restricted.warnings);
    } else if (!layer.stubs.includes(raw)) {
      const server = await configureIfTrusted(runtime, trust, raw, layer);
      const stub = own?.stubs.find(({ name }) => name === raw.name);
      const overridden = stub === undefined ? { server, warnings: [] } : overrideByUser(server, stub);
      servers.set(raw.name, overridden.server);
      warnings.push(...entryWarnings(raw), ...overridden.warnings);
    }
  }
}

/** An entry that stands only in a project's file is inert until it is trusted: nothing in it is expanded, read or run (Z06). */
async function configureIfTrusted(runtime: Runtime, trust: Trust, raw: RawEntry, layer: ConfigLayer): Promise<ConfiguredServer> {
  const state = await trustOf(runtime, trust, raw);
  return state === "trusted" ? configureServer(runtime, raw, layer.timeouts) : refusedServer(raw, untrusted(raw, state));
}

function orphans(layers: readonly ConfigLayer[], servers: ReadonlyMap<string, ConfiguredServer>): readonly string[] {
  return layers
    .flatMap(({ stubs }) => stubs)
    .filter(({ name }) => !servers.has(name))
    .map(({ source, path }) => `${source.file}:${source.line}:${source.column}: ${path.join(".")} switches a server that is defined nowhere; it is ignored`);
}
