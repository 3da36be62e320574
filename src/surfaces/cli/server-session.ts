import { findMcpassError } from "../../base/errors.ts";
import type { Listener } from "../../base/events.ts";
import type { Runtime } from "../../base/runtime.ts";
import type { Configuration, ConfiguredServer } from "../../config/configuration.ts";
import { entryForAddress, isAddress } from "../../config/entry-address.ts";
import { withOverrides } from "../../config/override-entry.ts";
import { readConfiguration } from "../../config/config-file.ts";
import { requireServer } from "../../config/require-server.ts";
import { createCoreManager } from "../../connection/core-manager.ts";
import type { CoreManager } from "../../connection/manager.ts";
import { withNextStep } from "../../connection/next-step.ts";
import { requireAllowedVault } from "../../vault/open-vault.ts";
import type { SealedVault } from "../../vault/sealed-vault.ts";
import type { CommandContext } from "./command-context.ts";
import { grantListener } from "./grant-listener.ts";
import { identityListener } from "./identity-listener.ts";
import { openVault } from "./open-vault.ts";
import { readOverrides, type OverrideFlags } from "./override-flags.ts";

/** What a command that has to do with servers works on. */
export interface Session {
  readonly runtime: Runtime;
  readonly configuration: Configuration;
  readonly vault: SealedVault;
  /** Hears everything that happens to servers. */
  readonly onEvent: Listener;
}

/**
 * Reads the configuration. Its warnings are said by `list`, and everywhere with --verbose: elsewhere they are mostly about other servers.
 * Throws `config_unreadable` and `config_invalid`.
 */
export async function openSession(context: CommandContext, flags: OverrideFlags = {}, warn = context.flags.verbose === true): Promise<Session> {
  const runtime = context.runtime(typeof flags.browser === "string" ? flags.browser : undefined);
  const configuration = await readConfiguration({ runtime, ...(context.flags.config === undefined ? {} : { configFile: context.flags.config }) });
  for (const warning of warn ? configuration.warnings : []) context.terminal.say(`${context.terminal.err.yellow("warning:")} ${warning}`);
  if (flags.clientSecret !== undefined) context.terminal.say(`${context.terminal.err.yellow("warning:")} --client-secret shows the secret to this machine's other users and keeps it in the shell's history; --client-secret-env, --client-secret-file and --client-secret-command do not`);
  const vault = await openVault(runtime, context.terminal);
  await requireAllowedVault(vault, runtime);
  // A renewal under way is stored before the process ends. F05
  context.atEnd(() => vault.close());
  const listeners = [identityListener(context.terminal), grantListener(context.terminal)];
  return { runtime, configuration, vault, onEvent: (event) => listeners.forEach((listener) => listener(event)) };
}

/** The server that a word on the command line means: an address, or a configured name. Throws `server_unknown`, `usage`. */
export function findServer(configuration: Configuration, word: string): ConfiguredServer {
  return isAddress(word) ? entryForAddress(word) : requireServer(configuration, word);
}

/** Runs `work` with a manager that knows this server with the flags' overrides, and closes it whatever happens. */
export async function withServer<T>(session: Session, word: string, flags: OverrideFlags, work: (manager: CoreManager, name: string) => Promise<T>): Promise<T> {
  const server = withOverrides(findServer(session.configuration, word), await readOverrides(flags, session.runtime));
  return withManager(session, [server], (manager) => work(manager, server.name)).catch((thrown: unknown) => {
    const error = findMcpassError(thrown);
    throw error === undefined ? thrown : withNextStep(server.name, error);
  });
}

/** Runs `work` with a manager of every configured server and of `servers`, and closes it whatever happens. */
export async function withManager<T>(session: Session, servers: readonly ConfiguredServer[], work: (manager: CoreManager) => Promise<T>): Promise<T> {
  const manager = createCoreManager({ ...session, servers: [...servers] });
  manager.events.subscribe(session.onEvent);
  try {
    return await work(manager);
  } finally {
    await manager.close();
  }
}
