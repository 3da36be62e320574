import { McpassError } from "../../../base/errors.ts";
import { shownAddress } from "../../../base/redact.ts";
import type { Runtime } from "../../../base/runtime.ts";
import { shellWord } from "../../../base/shell-word.ts";
import type { Application } from "../../../config/application/application.ts";
import { fileToWrite, requireApplications } from "../../../config/application/applications.ts";
import { allServers, gatewayUrl, noToken } from "../../../config/application/gateway-entry.ts";
import { install as installInto, type Installation, type InstallOptions, type WantedServer } from "../../../config/application/install.ts";
import { readConfiguration } from "../../../config/config-file.ts";
import type { Configuration, ConfiguredServer } from "../../../config/configuration.ts";
import type { RawObject } from "../../../config/lower-entry.ts";
import { quoted } from "../../../config/quoted.ts";
import { sharingWorkTree } from "../../../config/in-git.ts";
import { isShared } from "../../../config/is-shared.ts";
import { requireServer } from "../../../config/require-server.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { exitDone, exitFailed } from "../exit-codes.ts";
import { gatewayTokens, isOfFile } from "./gateway-clients.ts";
import { oneInstallAtATime } from "../install-lock.ts";
import { entriesText, installJson, installText } from "../install-words.ts";
import { jsonDocument } from "../json-words.ts";
import { bridgeWords, machineOf } from "../our-program.ts";
import { toMcpassError } from "../render-error.ts";

interface InstallFlags {
  readonly project?: boolean;
  readonly replace?: boolean;
  readonly print?: boolean;
  readonly gateway?: boolean;
  readonly port?: number;
  readonly json?: boolean;
}

const usualPort = 4190;

/** Writes entries that lead through mcpass into a client's own configuration: to bridges, or to the gateway. */
export async function install(context: CommandContext, [word = "", ...names]: readonly string[], flags: InstallFlags): CommandResult {
  const { terminal } = context;
  const runtime = context.runtime();
  const project = flags.project === true;
  const applications = requireApplications(machineOf(runtime), word, project);
  if (flags.gateway === true) requireGatewayFor(applications, word, project);
  else if (flags.port !== undefined) throw new McpassError("usage", "--port is the port of the gateway, and bridges have none", { hint: `mcpass install ${word} --gateway --port ${String(flags.port)}` });
  const { config } = context.flags;
  const configuration = await readConfiguration({ runtime, ...(config === undefined ? {} : { configFile: config }) });
  const servers = chooseServers(configuration, names, project);
  const done: Installation[] = [];
  const errors: McpassError[] = [];
  const installAll = async (): Promise<void> => {
    for (const application of applications) {
      try {
        const path = fileToWrite(application, machineOf(runtime), project);
        const bridge = ({ name }: ConfiguredServer): RawObject => application.entryFor(bridgeWords({ runtime, flags: context.flags, application, project }, name));
        const common = { application, path, replace: flags.replace === true, print: flags.print === true };
        if (flags.gateway === true) done.push(await installGateway(runtime, { ...common, wanted: gatewayServers(application, servers, names, flags.port ?? usualPort) }));
        else done.push(await installBridges(runtime, { ...common, wanted: servers.map((server) => wantedServer(server, bridge(server))) }));
      } catch (thrown) {
        errors.push(toMcpassError(thrown));
      }
    }
  };
  await (flags.print === true ? installAll() : oneInstallAtATime(runtime, installAll));
  if (flags.json === true) terminal.print(jsonDocument(installJson(word, flags.print === true, done, errors)));
  else await say(context, done, flags, { word, names });
  if (flags.json !== true || done.length === 0) errors.forEach((error) => context.report(error));
  return errors.length > 0 || done.some(({ entries }) => entries.some(({ kind }) => kind === "taken")) ? exitFailed : exitDone;
}

async function installBridges(runtime: Runtime, options: InstallOptions): Promise<Installation> {
  const done = await installInto(runtime, options);
  // Where the last entry that needed one is gone.
  if (!options.print && !done.holdsToken) await gatewayTokens(runtime).revoke(isOfFile(options.application, options.path));
  return done;
}

/** With a token for this file alone, in place of the one it had. */
async function installGateway(runtime: Runtime, options: InstallOptions): Promise<Installation> {
  const { application, path } = options;
  // What is only shown has no token in it.
  if (!options.print) await requirePrivate(runtime, application, path);
  const tokens = gatewayTokens(runtime);
  let hash: string | undefined;
  const makeToken = async (): Promise<string> => {
    const { token, made } = await tokens.make(application.name, path);
    hash = made.hash;
    return token;
  };
  const done = await installInto(runtime, { ...options, makeToken });
  const isOfThis = isOfFile(application, path);
  if (hash !== undefined) await tokens.revoke((token) => isOfThis(token) && token.hash !== hash);
  return done;
}

/** Z07 */
async function requirePrivate({ environment }: Runtime, { name }: Application, path: string): Promise<void> {
  const refuse = (why: string, hint: string): never => {
    throw new McpassError("usage", `${path} ${why}, and a token would stand in it; nothing was written`, { hint: `${hint}; or mcpass install ${name}, as a bridge needs no token`, details: { file: path } });
  };
  if (await isShared(path)) refuse("can be read or changed by others on this machine", `chmod 600 ${shellWord(path)}`);
  const tree = await sharingWorkTree(path, environment);
  if (tree !== undefined) refuse(`lies in the git work tree ${tree}, which does not ignore it`, `let git ignore the file (its .gitignore; git rm --cached, where it is tracked)`);
}

function requireGatewayFor(applications: readonly Application[], word: string, project: boolean): void {
  if (project) throw new McpassError("usage", "a project's file is for everybody who has the project, and a token would stand in it; nothing was written", { hint: `mcpass install ${word} --gateway, for you alone; or mcpass install ${word} --project, as a bridge needs no token` });
  if (applications.every(({ remoteEntry }) => remoteEntry === undefined)) throw noRemoteEntry(applications[0]);
}

function noRemoteEntry(application: Application | undefined): McpassError {
  return new McpassError("usage", `${application?.title ?? "This client"} cannot be told in its configuration to speak to an address with a token`, { hint: `mcpass install ${application?.name ?? ""}, which writes bridges` });
}

/** All as one, or each that is named. */
function gatewayServers(application: Application, servers: readonly ConfiguredServer[], names: readonly string[], port: number): readonly WantedServer[] {
  const { remoteEntry } = application;
  if (remoteEntry === undefined) throw noRemoteEntry(application);
  const entry = (server: string | undefined): RawObject => remoteEntry(gatewayUrl(port, server), `Bearer ${noToken}`);
  return names.length === 0 ? [{ server: allServers, url: undefined, entry: entry(undefined) }] : servers.map((server) => wantedServer(server, entry(server.name)));
}

async function say({ terminal }: CommandContext, done: readonly Installation[], flags: InstallFlags, asked: Asked): Promise<void> {
  const gatewayPort = flags.gateway === true ? (flags.port ?? usualPort) : undefined;
  for (const installation of done) {
    terminal.say(installText(installation, { colors: terminal.err, print: flags.print === true, again: commandAgain(asked, installation, flags), gatewayPort }));
    const entries = flags.print === true ? await entriesText(installation) : "";
    if (entries !== "") terminal.print(entries);
  }
}

interface Asked {
  readonly word: string;
  readonly names: readonly string[];
}

/** For what is taken. */
function commandAgain({ word, names }: Asked, { entries }: Installation, { project, gateway, port }: InstallFlags): string {
  const taken = gateway === true && names.length === 0 ? [] : entries.filter(({ kind }) => kind === "taken").map(({ server }) => shellWord(server));
  const gatewayWords = gateway === true ? ["--gateway", ...(port === undefined ? [] : ["--port", String(port)])] : [];
  return ["mcpass install", word, ...taken, ...(project === true ? ["--project"] : []), ...gatewayWords, "--replace"].join(" ");
}

function wantedServer({ name, entry, shown }: ConfiguredServer, written: RawObject): WantedServer {
  return { server: name, url: entry?.type === "remote" ? entry.url : shown.url, entry: written };
}

function chooseServers(configuration: Configuration, names: readonly string[], project: boolean): readonly ConfiguredServer[] {
  if (names.length > 0) return [...new Set(names)].map((name) => requireInstallable(requireServer(configuration, name), project));
  const all = [...configuration.servers.values()].filter(({ shown, enabled, source }) => shown.type === "remote" && enabled && (source.layer === "project") === project);
  if (all.length > 0) return all;
  throw new McpassError("usage", project ? "the project's file has no remote server to install" : "no remote server is configured, so there is nothing to install", { hint: `mcpass add NAME URL${project ? " --project" : ""}` });
}

function requireInstallable(server: ConfiguredServer, project: boolean): ConfiguredServer {
  const { name, shown, source } = server;
  if (shown.type === "local") throw new McpassError("usage", `server ${quoted(name)} is a local one, which needs no bridge: its command can stand in the client's configuration itself`);
  if (source.layer === "project" && !project) throw new McpassError("usage", `server ${quoted(name)} stands in a project's file only (${source.file}), where a client started elsewhere does not find it`, { hint: `the same with --project, or mcpass add ${shellWord(name)} ${shellWord(shownAddress(shown.url ?? "URL"))}` });
  return server;
}

