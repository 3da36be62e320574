import { join } from "node:path";
import { McpassError } from "../../../base/errors.ts";
import { requireApplications } from "../../../config/application/applications.ts";
import { findUserConfigFile, projectConfigFile, userConfigFile } from "../../../config/find-config.ts";
import { addForeignServers } from "../../../config/import/add-foreign-servers.ts";
import { type ForeignReading, readForeignServers } from "../../../config/import/foreign-servers.ts";
import type { Runtime } from "../../../base/runtime.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { exitDone, exitFailed } from "../exit-codes.ts";
import { importServersJson, importServersText } from "../import-servers-words.ts";
import { jsonDocument } from "../json-words.ts";
import { machineOf } from "../our-program.ts";

interface ImportServersFlags {
  readonly project?: boolean;
  readonly print?: boolean;
  readonly json?: boolean;
  readonly move?: boolean;
  readonly yes?: boolean;
}

/** Adds the servers of a client's own configuration to ours; that client's files are read and never changed. B05 */
export async function importServers(context: CommandContext, words: readonly string[], flags: ImportServersFlags): CommandResult {
  const [word = ""] = words;
  if (flags.move === true || flags.yes === true) throw new McpassError("usage", "--move and --yes are for sign-ins", { hint: "mcpass import --logins opencode --move" });
  const { terminal } = context;
  const runtime = context.runtime();
  const machine = machineOf(runtime);
  const read: ForeignReading[] = [];
  for (const application of requireApplications(machine, word, flags.project === true)) read.push(await readForeignServers(runtime, machine, application, flags.project === true));
  const file = await chosenFile(context, runtime, flags);
  const servers = await addForeignServers(runtime, { servers: read.flatMap(({ servers }) => servers), file, print: flags.print === true });
  const errors = read.flatMap(({ errors }) => errors);
  const imported = { client: word, title: read.map(({ title }) => title).join(" and "), places: read.flatMap(({ places }) => places), file, print: flags.print === true, project: flags.project === true, servers, errors };
  if (flags.json === true) terminal.print(jsonDocument(importServersJson(imported)));
  else {
    terminal.print(importServersText(imported, terminal.out));
    errors.forEach((error) => context.report(error));
  }
  return errors.length > 0 || servers.some(({ kind }) => kind === "failed" || kind === "secret") ? exitFailed : exitDone;
}

async function chosenFile({ flags: { config } }: CommandContext, runtime: Runtime, { project }: ImportServersFlags): Promise<string> {
  if (config !== undefined && project === true) throw new McpassError("usage", "--config and --project cannot be used together");
  if (project === true) return (await projectConfigFile(runtime)) ?? join(runtime.workingDirectory, "mcpass.jsonc");
  return config ?? (await findUserConfigFile(runtime)) ?? userConfigFile(runtime);
}
