import pLimit from "p-limit";
import { showUrl } from "../../../base/redact.ts";
import type { Configuration } from "../../../config/configuration.ts";
import type { GrantView, CoreManager } from "../../../connection/manager.ts";
import type { VaultListing } from "../../../vault/vault.ts";
import { identityJson } from "../account-words.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { jsonDocument } from "../json-words.ts";
import { ProgressLine } from "../progress-line.ts";
import { openSession, withManager } from "../server-session.ts";
import { nameGrants } from "../stored-grants.ts";
import { serverRow, type ShownServer, statusWords } from "../status-words.ts";

interface ListFlags {
  readonly json?: boolean | undefined;
  readonly offline?: boolean | undefined;
}

/** How many servers are looked at at the same time. */
const atOnce = 32;

export async function list(context: CommandContext, _words: readonly string[], flags: ListFlags): CommandResult {
  const session = await openSession(context, {}, true);
  await withManager(session, [], async (manager) => {
    const show = flags.json === true ? jsonRows(context) : peopleRows(context, session.configuration, manager.names());
    const among = flags.offline === true ? await session.vault.list().catch(() => undefined) : undefined;
    const asked = flags.offline === true ? (name: string) => manager.stored(name, { among }) : (name: string) => manager.look(name, { signal: context.signal });
    const held = storedByName(manager, session.configuration, among);
    const look = async (name: string): Promise<ShownServer> => withOthers(await asked(name), (await held).get(name) ?? []);
    await lookAtAll(context, manager, look, show);
  });
}

/** What the vault holds for each server. A vault that cannot be read is said by the servers' own rows. */
async function storedByName(manager: CoreManager, configuration: Configuration, among: readonly VaultListing[] | undefined): Promise<ReadonlyMap<string, readonly GrantView[]>> {
  const held = new Map<string, GrantView[]>();
  for (const { names, grant } of nameGrants(await manager.grants({ among }).catch(() => []), configuration)) {
    for (const name of names) held.set(name, [...(held.get(name) ?? []), grant]);
  }
  return held;
}

function withOthers(server: ShownServer, grants: readonly GrantView[]): ShownServer {
  if (server.status === "disabled" || server.status === "no_auth_needed") return server;
  const others = new Map(grants.flatMap((grant) => (grant.account === server.account || grant.state === "ended" ? [] : [[grant.account, grant] as const])));
  return { ...server, others: [...others.values()].toSorted((left, right) => (left.account < right.account ? -1 : 1)) };
}

/** What becomes of the rows: `settled` hears of each as it is known, `done` of all in the configuration's order. */
interface Rows {
  begin(names: readonly string[]): void;
  settled(server: ShownServer, index: number): void;
  done(servers: readonly ShownServer[]): void;
  stop(): void;
}

async function lookAtAll({ signal }: CommandContext, manager: CoreManager, look: (name: string) => Promise<ShownServer>, rows: Rows): Promise<void> {
  const names = manager.names();
  const limit = pLimit(atOnce);
  rows.begin(names);
  try {
    const servers = await Promise.all(
      names.map((name, index) =>
        limit(async () => {
          const server = await look(name);
          signal.throwIfAborted();
          rows.settled(server, index);
          return server;
        }),
      ),
    );
    rows.stop();
    rows.done(servers);
  } finally {
    rows.stop();
  }
}

function jsonRows({ terminal }: CommandContext): Rows {
  return { begin: () => {}, settled: () => {}, stop: () => {}, done: (servers) => terminal.print(jsonDocument({ servers: servers.map(toJson) })) };
}

/** The contract's fields first, in its order; what follows is added. */
function toJson(server: ShownServer): object {
  const { name, type, url, status, account, error, hint, tools, protocolVersion, expiresAt, source, command, signedIn, identity, others = [] } = server;
  return {
    name,
    type,
    url: url === undefined ? null : showUrl(url),
    status,
    account: (holdsGrant(server) ? account : undefined) ?? null,
    error: error === undefined ? null : { code: error.code, message: error.message, details: error.details },
    hint: hint ?? null,
    tools: tools ?? null,
    protocolVersion: protocolVersion ?? null,
    expiresAt: expiresAt ?? null,
    command: command ?? null,
    signedIn,
    identity: identityJson(holdsGrant(server) ? identity : undefined),
    otherAccounts: others.map((other) => ({ account: other.account, identity: identityJson(other.identity), state: other.state })),
    source: { file: source.file, line: source.line, layer: source.layer },
  };
}

/** An account is told where there is a sign-in under it; what an entry merely asks for is not one. */
function holdsGrant({ signedIn, status }: ShownServer): boolean {
  return signedIn || status === "authenticated" || status === "expired";
}

/** In a terminal each row as it settles, above a line that tells what is still awaited; in a pipe in the configuration's order, as early as that allows. */
function peopleRows(context: CommandContext, configuration: Configuration, names: readonly string[]): Rows {
  const { terminal } = context;
  const progress = new ProgressLine(terminal);
  const options = { colors: terminal.out, nameWidth: Math.min(30, Math.max(0, ...names.map((name) => name.length))), showSource: configuration.files.length > 1 };
  const awaited = new Set(names);
  const held = new Map<number, ShownServer>();
  let next = 0;
  const write = (server: ShownServer): void => progress.above(() => terminal.print(serverRow(server, options)));
  return {
    begin: () => (names.length === 0 ? sayEmpty(context, configuration) : progress.show(waitingWords(awaited))),
    settled: (server, index) => {
      awaited.delete(server.name);
      if (terminal.outIsTerminal) write(server);
      else held.set(index, server);
      for (let ready = held.get(next); ready !== undefined; ready = held.get(++next)) write(ready);
      if (awaited.size > 0) progress.show(waitingWords(awaited));
    },
    stop: () => progress.clear(),
    done: (servers) => (servers.length > 1 && terminal.outIsTerminal ? terminal.say(terminal.err.dim(summaryWords(servers))) : undefined),
  };
}

function sayEmpty({ terminal }: CommandContext, { files }: Configuration): void {
  terminal.print(files.length === 0 ? "No MCP servers are configured." : `No MCP servers are configured in ${files.map(({ path }) => path).join(" or ")}.`);
  terminal.say("Add one with: mcpass add <name> <url>");
}

function waitingWords(awaited: ReadonlySet<string>): string {
  return `connecting to ${[...awaited].slice(0, 5).join(", ")}${awaited.size > 5 ? ` and ${awaited.size - 5} more` : ""}…`;
}

function summaryWords(servers: readonly ShownServer[]): string {
  const counts = new Map<string, number>();
  for (const { status } of servers) counts.set(statusWords[status].words, (counts.get(statusWords[status].words) ?? 0) + 1);
  return `${servers.length} servers: ${[...counts].map(([words, count]) => `${count} ${words}`).join(", ")}`;
}
