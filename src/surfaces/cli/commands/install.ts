import { McpassError } from "../../../base/errors.ts";
import { fileToWrite, requireApplications } from "../../../config/application/applications.ts";
import { install as installInto, type Installation, type WantedServer } from "../../../config/application/install.ts";
import { readConfiguration } from "../../../config/config-file.ts";
import type { Configuration, ConfiguredServer } from "../../../config/configuration.ts";
import { quoted } from "../../../config/quoted.ts";
import { requireServer } from "../../../config/require-server.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { exitDone, exitFailed } from "../exit-codes.ts";
import { entriesText, installJson, installText } from "../install-words.ts";
import { jsonDocument } from "../json-words.ts";
import { bridgeWords, machineOf } from "../our-program.ts";
import { toMcpassError } from "../render-error.ts";
import { quoteWord } from "../status-words.ts";

interface InstallFlags {
  readonly project?: boolean;
  readonly replace?: boolean;
  readonly print?: boolean;
  readonly gateway?: boolean;
  readonly json?: boolean;
}

/** Writes bridge entries for configured servers into a client's own configuration. */
export async function install(context: CommandContext, [word = "", ...names]: readonly string[], flags: InstallFlags): CommandResult {
  const { terminal } = context;
  const runtime = context.runtime();
  const project = flags.project === true;
  const applications = requireApplications(machineOf(runtime), word, project);
  if (flags.gateway === true) throw new McpassError("usage", "the gateway is not available yet: this version installs bridges only", { hint: `mcpass install ${word}` });
  const { config } = context.flags;
  const configuration = await readConfiguration({ runtime, ...(config === undefined ? {} : { configFile: config }) });
  const servers = chooseServers(configuration, names, project);
  const done: Installation[] = [];
  const errors: McpassError[] = [];
  for (const application of applications) {
    const wanted = servers.map((server): WantedServer => wantedServer(server, bridgeWords({ runtime, flags: context.flags, application, project }, server.name)));
    try {
      const path = fileToWrite(application, machineOf(runtime), project);
      done.push(await installInto(runtime, { application, path, wanted, replace: flags.replace === true, print: flags.print === true }));
    } catch (thrown) {
      errors.push(toMcpassError(thrown));
    }
  }
  if (flags.json === true) terminal.print(jsonDocument(installJson(word, flags.print === true, done, errors)));
  else await say(context, done, flags, word);
  if (flags.json !== true || done.length === 0) errors.forEach((error) => context.report(error));
  return errors.length > 0 || done.some(({ entries }) => entries.some(({ kind }) => kind === "taken")) ? exitFailed : exitDone;
}

async function say({ terminal }: CommandContext, done: readonly Installation[], flags: InstallFlags, word: string): Promise<void> {
  for (const installation of done) {
    terminal.say(installText(installation, { colors: terminal.err, print: flags.print === true, again: commandAgain(word, installation, flags) }));
    const entries = flags.print === true ? await entriesText(installation) : "";
    if (entries !== "") terminal.print(entries);
  }
}

/** For what is taken. */
function commandAgain(word: string, { entries }: Installation, { project }: InstallFlags): string {
  const taken = entries.filter(({ kind }) => kind === "taken").map(({ server }) => quoteWord(server));
  return ["mcpass install", word, ...taken, ...(project === true ? ["--project"] : []), "--replace"].join(" ");
}

function wantedServer({ name, entry, shown }: ConfiguredServer, words: readonly string[]): WantedServer {
  return { server: name, url: entry?.type === "remote" ? entry.url : shown.url, words };
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
  if (source.layer === "project" && !project) throw new McpassError("usage", `server ${quoted(name)} stands in a project's file only (${source.file}), where a client started elsewhere does not find it`, { hint: `the same with --project, or mcpass add ${quoteWord(name)} ${quoteWord(shown.url ?? "URL")}` });
  return server;
}

