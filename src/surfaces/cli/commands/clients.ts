import { McpassError } from "../../../base/errors.ts";
import { plainText, showUrl, shownAddress } from "../../../base/redact.ts";
import { shellWord } from "../../../base/shell-word.ts";
import type { ConfiguredServer } from "../../../config/configuration.ts";
import { setOAuthKeys } from "../../../config/edit-oauth.ts";
import { secretForms } from "../../../config/grant-keys.ts";
import { requireServer } from "../../../config/require-server.ts";
import type { NamedClient } from "../../../connection/manager.ts";
import { type ConfiguredClient, clientLines, configuredClientLines, configuredClientOf, deletionWords } from "../client-words.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { exitDone, exitFailed } from "../exit-codes.ts";
import { jsonDocument } from "../json-words.ts";
import { type SecretFlags, secretReferences } from "../secret-flags.ts";
import { openSession, type Session, withManager } from "../server-session.ts";

interface ListFlags {
  readonly json?: boolean;
}

interface SetFlags extends SecretFlags {
  readonly clientId?: string;
  readonly clientMetadataUrl?: string;
  readonly callbackPort?: number;
  readonly redirectUri?: string;
}

/** What is configured and what is stored, from where, how old, and where it comes back to. Connects to nothing. R09 */
export async function listClients(context: CommandContext, _words: readonly string[], flags: ListFlags): CommandResult {
  const session = await openSession(context);
  await show(context, session, configuredClients(session), await readAll(session), flags);
}

export async function showClient(context: CommandContext, [word = ""]: readonly string[], flags: ListFlags): CommandResult {
  const session = await openSession(context);
  const configured = configuredClients(session).filter(({ server, clientId }) => server === word || clientId === word);
  const stored = (await readAll(session)).filter((client) => isMeant(client, word));
  if (configured.length + stored.length === 0) throw nothingFor(session, word);
  await show(context, session, configured, stored, flags);
}

/** Writes a client into the server's entry; what is stored of others stays, and a sign-in with another client is not used any more. */
export async function setClient(context: CommandContext, [name = ""]: readonly string[], flags: SetFlags): CommandResult {
  const session = await openSession(context);
  const { source } = remoteServer(session, name);
  const secret = secretReferences(flags);
  const { clientId, clientMetadataUrl, callbackPort, redirectUri } = flags;
  const given = Object.fromEntries(Object.entries({ clientId, ...secret, clientMetadataUrl, callbackPort, redirectUri }).filter(([, value]) => value !== undefined));
  const others = Object.keys(secret).length === 0 ? {} : Object.fromEntries(secretForms.clientSecret.filter((form) => secret[form] === undefined).map((form) => [form, undefined]));
  if (Object.keys(given).length === 0) throw new McpassError("usage", "nothing to set", { hint: `mcpass clients set ${shellWord(name)} --client-id ID` });
  await setOAuthKeys({ file: source.file, name, keys: { ...given, ...others } });
  context.terminal.say(`${context.terminal.err.green("✓")} Set ${Object.keys(given).map((key) => `oauth.${key}`).join(", ")} of ${plainText(name)} in ${source.file}`);
}

/** Out of the vault and out of the entry: the next sign-in starts from nothing. At the issuer nothing changes. */
export async function forgetClient(context: CommandContext, [word = ""]: readonly string[]): CommandResult {
  const session = await openSession(context);
  const { terminal } = context;
  const configured = configuredClients(session).filter(({ server, clientId }) => server === word || clientId === word);
  const meant = (await readAll(session)).filter((client) => isMeant(client, word));
  const stored = meant.filter(({ key }) => key !== undefined);
  if (configured.length + stored.length === 0) throw onlyInSignIn(meant) ?? nothingFor(session, word);
  for (const { server, file } of configured) {
    await setOAuthKeys({ file, name: server, keys: { clientId: undefined, clientSecret: undefined, clientSecretCommand: undefined, clientMetadataUrl: undefined } });
    terminal.say(`${terminal.err.green("✓")} Removed the client of ${plainText(server)} from ${file}`);
  }
  await withManager(session, [], async (manager) => {
    for (const { key, clientId, issuer } of stored) {
      if (key !== undefined) await manager.forgetClient(key);
      terminal.say(`${terminal.err.green("✓")} Forgot ${plainText(clientId, 120)} at ${showUrl(issuer)}`);
    }
  });
}

/** RFC 7592, on request only. */
export async function deleteClient(context: CommandContext, [word = ""]: readonly string[], flags: ListFlags): CommandResult {
  const session = await openSession(context);
  const { terminal } = context;
  const meant = (await readAll(session)).filter((client) => isMeant(client, word));
  const stored = meant.filter(({ key }) => key !== undefined);
  if (stored.length === 0) throw onlyInSignIn(meant) ?? nothingFor(session, word);
  return withManager(session, [], async (manager) => {
    let worst = exitDone;
    const results: object[] = [];
    for (const { key, clientId, issuer } of stored) {
      if (key === undefined) continue;
      const result = await manager.deleteClient(key, { signal: context.signal });
      results.push({ clientId, issuer, result: result.kind });
      terminal.say(deletionWords(clientId, issuer, result, terminal.err));
      if (result.kind === "failed" || result.kind === "not-offered") worst = exitFailed;
    }
    if (flags.json === true) terminal.print(jsonDocument({ clients: results }));
    return worst;
  });
}

function readAll(session: Session): Promise<readonly NamedClient[]> {
  return withManager(session, [], (manager) => manager.clients());
}

function configuredClients({ configuration }: Session): readonly ConfiguredClient[] {
  return [...configuration.servers.values()].flatMap((server) => configuredClientOf(server) ?? []);
}

/** A server's name, a client id, or an issuer. */
function isMeant({ servers, clientId, issuer }: NamedClient, word: string): boolean {
  return servers.includes(word) || clientId === word || issuer === word;
}

function remoteServer({ configuration }: Session, name: string): ConfiguredServer {
  const server = requireServer(configuration, name);
  if (server.shown.type === "local") throw new McpassError("usage", `${name} is a local server: it has no client.`);
  return server;
}

/** `clients` shows it, and it goes with its sign-in. */
function onlyInSignIn([client]: readonly NamedClient[]): McpassError | undefined {
  if (client === undefined) return undefined;
  const { clientId, servers, serverUrls } = client;
  const place = servers[0] ?? serverUrls[0] ?? "";
  return new McpassError("usage", `The client ${plainText(clientId, 120)} is only in the sign-in to ${plainText(showUrl(place))}; it is removed with it.`, { hint: `mcpass logout ${shellWord(shownAddress(place))}` });
}

function nothingFor({ configuration }: Session, word: string): McpassError {
  if (!configuration.servers.has(word) && !/^https?:|-/.test(word)) requireServer(configuration, word);
  return new McpassError("usage", `No client is stored or configured for ${plainText(word)}.`, { hint: "mcpass clients" });
}

async function show({ terminal }: CommandContext, { runtime }: Session, configured: readonly ConfiguredClient[], stored: readonly NamedClient[], flags: ListFlags): Promise<void> {
  if (flags.json === true) {
    const clients = [...configured, ...stored.map(({ key, kind, ...rest }) => ({ from: fromOf(kind), stored: key !== undefined, ...rest, redirectUri: rest.redirectUri ?? null, expiresAt: rest.expiresAt ?? null }))];
    return terminal.print(jsonDocument({ clients }));
  }
  if (configured.length + stored.length === 0) return terminal.print("No clients are configured or stored.");
  for (const line of [...configured.flatMap((each) => configuredClientLines(each, terminal.out)), ...stored.flatMap((each) => clientLines(each, terminal.out, runtime.now()))]) terminal.print(line);
}

function fromOf(kind: NamedClient["kind"]): string {
  return kind === "dynamic" ? "dcr" : kind === "metadata-document" ? "cimd" : "config";
}
