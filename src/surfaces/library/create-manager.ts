import { isAbsolute, resolve } from "node:path";

import type { Fetch, OpenBrowser, Runtime } from "../../base/runtime.ts";
import { readConfiguration } from "../../config/config-file.ts";
import type { Configuration, ConfiguredServer } from "../../config/configuration.ts";
import type { LocalInput, RemoteInput } from "../../config/entry-schema.ts";
import { serverOfProgram } from "../../config/server-of-program.ts";
import { createManager, type Manager } from "../../connection/manager.ts";
import { openVault, requireAllowedVault } from "../../vault/open-vault.ts";
import type { Vault } from "../../vault/vault.ts";

/** A remote server, as it stands in a file's `mcp`: see docs/configuration.md. `{env:NAME}` and `{file:path}` in its texts are filled in. */
export type RemoteServerConfig = RemoteInput;

/** A local server: a program that speaks MCP on standard input and output. */
export type LocalServerConfig = LocalInput;

/** What one server needs; `type` tells which kind it is. */
export type ServerConfig = RemoteServerConfig | LocalServerConfig;

/** What `createManager` may be given; everything has a default. */
export interface CreateManagerOptions {
  /** Servers by name, beside those of the files; one of the same name takes its place. Default: none. */
  readonly servers?: Readonly<Record<string, ServerConfig>> | undefined;
  /**
   * The configuration files: true for those that every mcpass program reads (the user's, and the project's above the working directory), false for none,
   * a path for that file instead. Default true.
   */
  readonly configuration?: boolean | string | undefined;
  /** The account of entries that name none: any label. Default: the configuration's, else `default`. */
  readonly account?: string | undefined;
  /**
   * Where grants, registrations and pending sign-ins are kept. Default: the vault of this machine, which the command line shares. One that is given is not closed
   * by `Manager.close`.
   */
  readonly vault?: Vault | undefined;
  /**
   * Every HTTP request. Default: Node's own HTTP, with the system's proxies and certificates; it keeps to the addresses that were checked (`FetchInit.addresses`).
   * The web's `fetch` fits; with it, and with any other, proxies, `tls` of an entry and those addresses are its own affair.
   */
  readonly fetch?: Fetch | undefined;
  /** The addresses of a host name, looked at before anything is sent there: metadata must not lead into a private network. Default: the system's resolver. */
  readonly lookup?: ((hostname: string) => Promise<readonly string[]>) | undefined;
  /** Milliseconds since the epoch. Default `Date.now`. It decides what has expired; timers are the system's. */
  readonly now?: (() => number) | undefined;
  /** Opens an address for the person. Default: the system's browser, or the `BROWSER` variable's. One that fails never fails a sign-in. */
  readonly openBrowser?: OpenBrowser | undefined;
  /** Default `process.env`. Among others `MCPASS_HOME`, `MCPASS_CONFIG`, `MCPASS_VAULT` and `MCPASS_KEY` count. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Holds configuration, data, state and cache together, instead of the platform's directories. Default: `MCPASS_HOME`, if set. */
  readonly home?: string | undefined;
  /** Where project files and relative paths start. Default: the process's. */
  readonly workingDirectory?: string | undefined;
  /** See `Manager.completeCallback`: a redirect URI that this program answers itself. Default: none; callbacks are listened for on this machine. */
  readonly publicCallback?: string | undefined;
}

/** Where Node's runtime comes from: the entry makes it. */
export type MakeRuntime = (options: { readonly environment: Runtime["environment"]; readonly homeDirectory?: string | undefined; readonly workingDirectory: string }) => Runtime;

/**
 * A manager over a Runtime with the options' parts in it. `more`: servers made elsewhere. Throws `config_unreadable`, `config_invalid`, `variable_unset`, `usage`,
 * `forbidden_by_policy`; a server of a file that cannot be used is no reason to throw, but has that as its error.
 */
export async function openManager(options: CreateManagerOptions, makeRuntime: MakeRuntime, more: (configuration: Configuration) => readonly ConfiguredServer[] = () => []): Promise<Manager> {
  const runtime = runtimeOf(options, makeRuntime);
  const given = await Promise.all(Object.entries(options.servers ?? {}).map(([name, config]) => serverOfProgram(runtime, name, config)));
  const read = await configurationOf(options, runtime);
  const configuration = options.account === undefined ? read : { ...read, account: options.account };
  const servers = [...given, ...more({ ...configuration, servers: new Map([...configuration.servers, ...given.map((server) => [server.name, server] as const)]) })];
  const vault = options.vault ?? (await ownVault(runtime));
  const manager = createManager({ runtime, vault, configuration, servers, publicCallback: options.publicCallback });
  return options.vault === undefined ? { ...manager, close: () => manager.close().finally(() => vault.close()) } : manager;
}

async function ownVault(runtime: Runtime): Promise<Vault> {
  const vault = await openVault(runtime);
  await requireAllowedVault(vault, runtime);
  return vault;
}

function runtimeOf({ fetch, lookup, now, openBrowser, ...options }: CreateManagerOptions, makeRuntime: MakeRuntime): Runtime {
  const made = makeRuntime({ environment: options.environment ?? process.env, workingDirectory: options.workingDirectory ?? process.cwd(), ...(options.home === undefined ? {} : { homeDirectory: options.home }) });
  const { throughProxy, lookAtCertificate, ...base } = made;
  // What the system's network would do says nothing of another's.
  const network = fetch === undefined ? { ...(throughProxy === undefined ? {} : { throughProxy }), ...(lookAtCertificate === undefined ? {} : { lookAtCertificate }) } : { fetch };
  return { ...base, ...network, ...(lookup === undefined ? {} : { lookup }), ...(now === undefined ? {} : { now }), ...(openBrowser === undefined ? {} : { openBrowser }) };
}

async function configurationOf({ configuration = true }: CreateManagerOptions, runtime: Runtime): Promise<Configuration> {
  if (configuration === false) return { servers: new Map(), files: [], warnings: [], account: undefined };
  if (configuration === true) return readConfiguration({ runtime });
  return readConfiguration({ runtime, configFile: isAbsolute(configuration) ? configuration : resolve(runtime.workingDirectory, configuration) });
}
