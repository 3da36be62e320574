import { McpassError } from "../../../base/errors.ts";
import { plainText } from "../../../base/redact.ts";
import { shellWord } from "../../../base/shell-word.ts";
import { describeProject, type ProjectDescription, type ProjectEntry } from "../../../config/describe-project.ts";
import { trustProject } from "../../../config/trust.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { exitDone, exitFailed } from "../exit-codes.ts";
import { hostWords } from "../host-words.ts";
import { confirm } from "../questions.ts";
import type { Colors } from "../terminal.ts";

/** Shows all that a project's file would contact, start, read and use, and trusts it as shown when the person says so. Z06 */
export async function trust(context: CommandContext, [directory = "."]: readonly string[], flags: { readonly yes?: boolean }): CommandResult {
  const { terminal } = context;
  const runtime = context.runtime();
  const project = await describeProject(runtime, directory);
  if (project.entries.length === 0) {
    terminal.say(`${project.file} has no servers of its own; there is nothing to trust.`);
    return exitDone;
  }
  terminal.print(descriptionText(project, terminal.out));
  if (project.entries.every((entry) => entry.trust === "trusted")) {
    terminal.say("All of this is trusted already.");
    return exitDone;
  }
  if (flags.yes !== true && !(await agreed(context, project, directory))) {
    terminal.say("Nothing was trusted.");
    return exitFailed;
  }
  await trustProject(runtime, project);
  terminal.say(`${terminal.err.green("✓")} Trusted ${project.file} as shown; when it changes, mcpass asks for it again.`);
  return exitDone;
}

async function agreed(context: CommandContext, { file }: ProjectDescription, directory: string): Promise<boolean> {
  if (context.terminal.interactive) return confirm(context, `Trust ${file}?`);
  const word = directory.startsWith("-") ? `./${directory}` : directory;
  throw new McpassError("usage", "there is no terminal to ask in whether this is to be trusted", { hint: `read it, then mcpass trust${word === "." ? "" : ` ${shellWord(word)}`} --yes` });
}

function descriptionText({ file, entries }: ProjectDescription, colors: Colors): string {
  return [`${file}`, ...entries.flatMap((entry) => entryLines(entry, colors))].join("\n");
}

const trustWords: Readonly<Record<ProjectEntry["trust"], string>> = { trusted: "trusted", changed: "changed since it was trusted", unknown: "new" };

function entryLines(entry: ProjectEntry, colors: Colors): readonly string[] {
  const facts: readonly (readonly [string, readonly string[]])[] = [
    ["contacts", [...(entry.url === undefined ? [] : [plainText(entry.url, 2000)]), ...entry.otherHosts.map((host) => hostWords(plainText(host)))]],
    // Never shortened: what is hidden at the end of a command is what would be run. X-6
    ["starts", entry.command === undefined ? [] : [entry.command.map((word) => shellWord(word)).join(" ")]],
    ["runs for headers", entry.headersCommand === undefined ? [] : [entry.headersCommand.map((word) => shellWord(word)).join(" ")]],
    ["runs for secrets", entry.secretCommands.map((words) => words.map((word) => shellWord(word)).join(" "))],
    ["in", entry.cwd === undefined ? [] : [plainText(entry.cwd, 2000)]],
    ["reads", entry.files.map((path) => plainText(path, 2000))],
    ["uses variables", entry.variables.map((name) => plainText(name))],
    ["sends headers", entry.headerNames.map((name) => plainText(name))],
    ["sets variables", entry.environmentNames.map((name) => plainText(name))],
    ["may reach", entry.allowPrivate ? ["private addresses that it names"] : []],
  ];
  return [
    `  ${colors.bold(plainText(entry.name))}  ${colors.dim(`(${trustWords[entry.trust]}, line ${entry.source.line})`)}`,
    ...facts.filter(([, values]) => values.length > 0).map(([label, values]) => `    ${colors.dim(label.padEnd(16))}  ${values.join(label.startsWith("runs for") ? "; " : label === "starts" ? " " : ", ")}`),
  ];
}
