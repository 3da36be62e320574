import { McpassError } from "../../../base/errors.ts";
import { filesOf, requireApplications } from "../../../config/application/applications.ts";
import { readRecords } from "../../../config/application/install-record.ts";
import { uninstall as uninstallFrom } from "../../../config/application/uninstall.ts";
import { nearestName } from "../../../config/nearest-name.ts";
import { quoted } from "../../../config/quoted.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { exitDone, exitFailed } from "../exit-codes.ts";
import { gatewayTokens, isOfFile } from "./gateway-clients.ts";
import { oneInstallAtATime } from "../install-lock.ts";
import { type RevokedRemoval, uninstallJson, uninstallText } from "../install-words.ts";
import { jsonDocument } from "../json-words.ts";
import { machineOf } from "../our-program.ts";
import { toMcpassError } from "../render-error.ts";

interface UninstallFlags {
  readonly project?: boolean;
  readonly print?: boolean;
  readonly json?: boolean;
}

/** Takes back what `install` wrote: what stood there before comes back, and what a person has changed since stays. */
export async function uninstall(context: CommandContext, [word = "", ...names]: readonly string[], flags: UninstallFlags): CommandResult {
  const { terminal } = context;
  const runtime = context.runtime();
  const machine = machineOf(runtime);
  const print = flags.print === true;
  const applications = requireApplications(machine, word, flags.project === true);
  const done: RevokedRemoval[] = [];
  const errors: McpassError[] = [];
  const uninstallAll = async (): Promise<void> => {
    for (const application of applications) {
      for (const path of filesOf(application, machine, flags.project === true)) {
        try {
          const removal = await uninstallFrom(runtime, { application, path, names, print });
          const revoked = print || removal.needsToken ? [] : await gatewayTokens(runtime).revoke(isOfFile(application, path));
          done.push({ ...removal, revoked: revoked.length > 0 });
        } catch (thrown) {
          errors.push(toMcpassError(thrown));
        }
      }
    }
  };
  await (print ? uninstallAll() : oneInstallAtATime(runtime, uninstallAll));
  const found = done.filter(({ entries, revoked }) => entries.length > 0 || revoked);
  requireNames(names, found, await installedNames(runtime));
  if (flags.json === true) terminal.print(jsonDocument(uninstallJson(word, print, found, errors)));
  else if (found.length === 0 && errors.length === 0) terminal.say(`Nothing of mcpass stands in ${done.map(({ path }) => path).join(" or ")}.`);
  else for (const removal of found) terminal.say(uninstallText(removal, { colors: terminal.err, print }));
  if (flags.json !== true || done.length === 0) errors.forEach((error) => context.report(error));
  return errors.length > 0 || found.some(({ entries }) => entries.some(({ kind }) => kind === "changed" || kind === "lost")) ? exitFailed : exitDone;
}

async function installedNames(runtime: ReturnType<CommandContext["runtime"]>): Promise<readonly string[]> {
  return [...(await readRecords(runtime)).values()].flatMap(({ entries }) => Object.values(entries).map(({ server }) => server));
}

function requireNames(names: readonly string[], found: readonly RevokedRemoval[], installed: readonly string[]): void {
  const known = found.flatMap(({ entries }) => entries.flatMap(({ server, name }) => [server, name]));
  const missing = names.find((name) => !known.includes(name));
  if (missing === undefined) return;
  const nearest = nearestName(missing, installed);
  throw new McpassError("server_unknown", `nothing is installed for ${quoted(missing)} there`, nearest === undefined ? {} : { hint: `did you mean ${quoted(nearest)}?` });
}
