import { McpassError } from "../../../base/errors.ts";
import { gapWords, hasGap, plainText } from "../../../base/redact.ts";
import { signInCommand } from "../../../access/refusals.ts";
import { withOverrides } from "../../../config/override-entry.ts";
import { openCore } from "../../../connection/core-manager.ts";
import type { ServerState } from "../../../connection/server-state.ts";
import { arrive, statusAfter } from "../../../connection/status.ts";
import { canonicalServerUrl } from "../../../oauth/resource.ts";
import { runBridge } from "../../bridge/bridge.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { fromMcpRemote, type McpRemoteFlags } from "../mcp-remote-flags.ts";
import { tellHindrance } from "../open-vault.ts";
import { readOverrides } from "../override-flags.ts";
import { findServer, openSession } from "../server-session.ts";

export interface BridgeFlags extends McpRemoteFlags {
  readonly open?: boolean;
  readonly ignoreTool?: readonly string[];
  /** Milliseconds; the flag is in seconds. */
  readonly authTimeout?: number;
  readonly debug?: boolean;
  readonly silent?: boolean;
}

/** An MCP server on standard input and output, until the input ends. Standard output carries its messages and nothing else. */
export async function bridge(context: CommandContext, words: readonly string[], flags: BridgeFlags): CommandResult {
  const [word = ""] = words;
  const { terminal } = context;
  const session = await openSession(context, { browser: flags.browser }, flags.debug === true || context.flags.verbose === true);
  const { runtime, configuration } = session;
  const overrides = fromMcpRemote(flags, words, runtime);
  const server = withOverrides(findServer(configuration, word), { ...(await readOverrides(overrides, runtime)), scope: overrides.scope });
  const { core, servers } = openCore({ ...session, configuration: { ...configuration, servers: new Map() }, servers: [server] });
  core.events.subscribe(session.onEvent);
  const state = servers.find(server.name);
  const { entry, error, enabled } = state.configured;
  if (error !== undefined) throw error;
  if (!enabled) throw new McpassError("server_disabled", `${server.name} is disabled in ${server.source.file}.`, { details: { server: server.name } });
  if (entry?.type !== "remote") throw new McpassError("usage", `${server.name} is a local server: a client starts it itself, no bridge is needed.`);
  const { access } = await state.door();
  if (flags.silent !== true) tellHindrance(session.vault, terminal);
  try {
    await runBridge({
      input: process.stdin,
      output: process.stdout,
      server: server.name,
      command: `${signInCommand({ name: server.name, account: access.account })}${hasGap(server.name) ? ` ${gapWords}` : ""}`,
      entry,
      account: access.account,
      serverUrl: canonicalServerUrl(entry.url),
      place: state.place,
      fetch: access.fetch,
      signIn: (options) => core.signIn(server.name, { ...options, scope: overrides.scope }),
      watch: watchGrants(core, state, runtime.now),
      onRefused: (refusal) => arrive(state.cell, statusAfter(refusal), refusal),
      open: flags.open ?? configuration.bridgeOpens ?? false,
      signInTimeoutMs: flags.authTimeout,
      ignoredTools: flags.ignoreTool ?? [],
      cacheDirectory: runtime.directories.cache,
      now: runtime.now,
      say: (text) => void (flags.silent === true ? undefined : terminal.say(plainText(text, 2_000))),
      signal: context.signal,
    });
  } finally {
    await core.close();
  }
}

/** A grant that came by another process, or by a sign-in here; also one that came after this process had begun to ask and before it began to watch. X07 */
function watchGrants({ events, watch }: Pick<ReturnType<typeof openCore>["core"], "events" | "watch">, { facts }: Pick<ServerState, "facts">, now: () => number): (onGrant: () => void) => Promise<() => void> {
  let since = now();
  return async (onGrant) => {
    const tell = (): void => {
      since = now();
      onGrant();
    };
    const stopHearing = events.subscribe((event) => {
      if (event.type === "server.status" && event.status === "idle") tell();
    });
    const stop = await watch();
    if ((facts.grant?.tokens === undefined ? 0 : facts.grant.obtainedAt) > since) tell();
    return () => {
      stopHearing();
      stop();
    };
  };
}
