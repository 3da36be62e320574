import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";
import { applicationNames } from "../../../config/application/application-names.ts";
import { readConfiguration } from "../../../config/config-file.ts";
import type { CommandContext } from "../command-context.ts";

/** Commands whose first word is a configured server. */
const serverCommands = ["auth", "logout", "inspect", "tools", "call", "bridge", "remove"];

/** Gives the program the hidden command that completion scripts call, with the configured names as suggestions. A broken configuration suggests none. */
export async function prepareCompletion(program: Command, context: CommandContext): Promise<void> {
  const names = await configuredNames(context);
  const completion = tab(program);
  const suggest = (complete: (value: string, description: string) => void): void => names.forEach(({ name, place }) => complete(name, place));
  const clients = (complete: (value: string, description: string) => void): void => applicationNames.forEach((name) => complete(name, ""));
  for (const group of ["", "mcp "]) {
    for (const command of ["import", "install", "uninstall"]) completion.commands.get(`${group}${command}`)?.argument("client", clients);
    for (const command of ["install", "uninstall"]) completion.commands.get(`${group}${command}`)?.argument("names", suggest, true);
  }
  for (const group of ["", "mcp "]) for (const command of serverCommands) completion.commands.get(`${group}${command}`)?.argument(command === "remove" ? "name" : "server", suggest);
}

async function configuredNames(context: CommandContext): Promise<readonly { name: string; place: string }[]> {
  try {
    const { servers } = await readConfiguration({ runtime: context.runtime() });
    return [...servers.values()].map(({ name, shown }) => ({ name, place: shown.url ?? shown.command?.[0] ?? "" }));
  } catch {
    return [];
  }
}
