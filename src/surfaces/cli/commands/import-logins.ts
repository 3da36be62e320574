import { McpassError } from "../../../base/errors.ts";
import { showUrl } from "../../../base/redact.ts";
import { readConfiguration } from "../../../config/config-file.ts";
import { copyRegistration, type CopiedRegistration } from "../../../config/import/copy-registration.ts";
import type { ForeignLogin, ForeignStore } from "../../../config/import/foreign-login.ts";
import { readMcpRemoteLogins } from "../../../config/import/mcp-remote-logins.ts";
import { readOpencodeLogins } from "../../../config/import/opencode-logins.ts";
import type { Runtime } from "../../../base/runtime.ts";
import type { ConfiguredServer } from "../../../config/configuration.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { exitDone, exitFailed } from "../exit-codes.ts";
import { adoptionLines, type ImportedLogin, importText, toJson } from "../import-words.ts";
import { jsonDocument } from "../json-words.ts";
import { confirm } from "../questions.ts";
import { toMcpassError } from "../render-error.ts";
import { openSession, type Session, withManager } from "../server-session.ts";

interface ImportFlags {
  readonly logins?: string;
  readonly move?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

interface Program {
  readonly title: string;
  readonly read: (runtime: Runtime) => Promise<ForeignStore>;
}

const programs: Readonly<Record<string, Program>> = {
  opencode: { title: "OpenCode", read: readOpencodeLogins },
  "mcp-remote": { title: "mcp-remote", read: readMcpRemoteLogins },
};

/**
 * Copies the clients that a person configured in another program, and tells what to sign in to again; with --move it takes over sign-ins that belong to such a
 * client. What stands in that program's files is read and never changed. S04, B05
 */
export async function importLogins(context: CommandContext, words: readonly string[], flags: ImportFlags): CommandResult {
  const [from, program] = chooseProgram(words, flags);
  if (flags.move === true && flags.yes !== true && !context.terminal.interactive) {
    throw new McpassError("usage", "--move asks before it moves a sign-in, and there is no terminal to ask in", { hint: `look first: mcpass import --logins ${from}; then mcpass import --logins ${from} --move --yes` });
  }
  const before = await openSession(context);
  const store = await program.read(before.runtime);
  const registrations: CopiedRegistration[] = [];
  for (const registration of store.registrations) registrations.push(await copyRegistration(before.runtime, registration, serverFor(before, (url) => url === registration.url)));
  const session = registrations.some(({ kind }) => kind === "copied") ? await readAgain(context, before) : before;
  const logins: ImportedLogin[] = [];
  for (const login of store.logins) logins.push(await judgeLogin(context, session, login, { ...program, ...flags }));
  const imported = { from, title: program.title, store, registrations, logins };
  if (flags.json === true) context.terminal.print(jsonDocument(toJson(imported)));
  else context.terminal.print(importText(imported, context.terminal.out));
  return logins.some(({ kind }) => kind === "failed") ? exitFailed : exitDone;
}

/** With what was copied into the configuration. */
async function readAgain({ flags }: CommandContext, session: Session): Promise<Session> {
  return { ...session, configuration: await readConfiguration({ runtime: session.runtime, ...(flags.config === undefined ? {} : { configFile: flags.config }) }) };
}

function chooseProgram([client]: readonly string[], { logins }: ImportFlags): readonly [string, Program] {
  const program = logins === undefined || !Object.hasOwn(programs, logins) ? undefined : programs[logins];
  if (client === undefined && logins !== undefined && program !== undefined) return [logins, program];
  throw new McpassError("usage", logins === undefined ? "what to import is missing" : client === undefined ? `sign-ins can be imported from ${Object.keys(programs).join(" and ")}, not from ${logins}` : "give the program once, with --logins", { hint: "mcpass import --logins opencode, or mcpass import --logins mcp-remote" });
}

/** The configured server that an address is for. */
function serverFor({ configuration }: Session, isFor: (url: string) => boolean): ConfiguredServer | undefined {
  return [...configuration.servers.values()].find(({ entry }) => entry?.type === "remote" && isFor(entry.url));
}

interface Wish extends ImportFlags, Program {}

async function judgeLogin(context: CommandContext, session: Session, found: ForeignLogin, wish: Wish): Promise<ImportedLogin> {
  const server = serverFor(session, found.isFor);
  const own = server?.entry?.type === "remote" && typeof server.entry.oauth === "object" ? server.entry.oauth.clientId : undefined;
  // A client that a person configured here is that person's, whoever's store it stands in.
  const login: ForeignLogin = found.client.kind === "registered" && found.client.clientId === own ? { ...found, client: { kind: "configured", clientId: own } } : found;
  const base = { login, server: server?.name, url: showUrl(login.url ?? (server?.entry?.type === "remote" ? server.entry.url : "")) || undefined };
  if (server === undefined) return { ...base, kind: "not-configured" };
  const reason = whyNotMovable(login, own, wish.title);
  if (reason !== undefined) return { ...base, kind: "again", reason };
  if (wish.move !== true) return { ...base, kind: "movable" };
  try {
    return { ...base, ...(await move(context, session, login, server.name, wish)) };
  } catch (thrown) {
    if (context.signal.aborted) throw thrown;
    return { ...base, kind: "failed", error: toMcpassError(thrown) };
  }
}

/** A refresh token works for its own client only, and a client of another product's name is that product's to use. */
function whyNotMovable({ client, tokens }: ForeignLogin, own: string | undefined, title: string): string | undefined {
  if (tokens === undefined) return `${title} has registered a client, and no sign-in is stored`;
  if (client.kind === "unknown") return `${title} does not say which client it belongs to, and a refresh token works for its own client only`;
  if (client.kind === "registered") return `it belongs to a client that ${title} registered under its own name, which is for ${title} to use`;
  if (client.clientId !== own) return `it belongs to the client ${client.clientId}, and here another one is configured`;
  return tokens.refreshToken === undefined ? "it has no refresh token: there is nothing that would last" : undefined;
}

function clientIdOf(client: ForeignLogin["client"]): string | undefined {
  return client.kind === "unknown" ? undefined : client.clientId;
}

type Moved = Pick<ImportedLogin, "kind" | "grant" | "error" | "reason">;

/** The same sign-in as it stands there now. */
function stillThere({ logins }: ForeignStore, { file, label, client }: ForeignLogin): { readonly accessToken: string; readonly refreshToken: string } | undefined {
  const login = logins.find((each) => each.file === file && each.label === label && clientIdOf(each.client) === clientIdOf(client));
  const { accessToken, refreshToken } = login?.tokens ?? {};
  return accessToken === undefined || refreshToken === undefined ? undefined : { accessToken, refreshToken };
}

async function move(context: CommandContext, session: Session, found: ForeignLogin, name: string, wish: Wish): Promise<Moved> {
  const { client, tokens } = found;
  if (client.kind === "unknown" || tokens?.refreshToken === undefined) return { kind: "again", reason: "there is nothing to move" };
  const login = { clientId: client.clientId, scopes: tokens.scopes, tokens: async () => stillThere(await wish.read(session.runtime), found) };
  const result = await withManager(session, [], (manager) =>
    manager.adopt(name, {
      login,
      signal: context.signal,
      confirm: async (notice) => {
        for (const line of adoptionLines(notice, wish.title, context.terminal.err)) context.terminal.insist(line);
        return wish.yes === true || confirm(context, `Move this sign-in from ${wish.title} to mcpass?`);
      },
    }),
  );
  if (result.kind === "declined") return { kind: "declined" };
  if (result.kind === "already-signed-in") return { kind: "already", grant: result.grant };
  if (result.failure === undefined) return { kind: "moved", grant: result.grant };
  return { kind: result.grant.state === "ended" ? "failed" : "moved", grant: result.grant, error: result.failure };
}
