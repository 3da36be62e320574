import type { Command } from "commander";
import { action, collect, type Run, withEntryFlags } from "./declare-command.ts";

/** add, remove, trust, completion. */
export function declareConfigurationCommands(parent: Command, run: Run): void {
  withEntryFlags(
    parent
      .command("add")
      .description("add a server to the configuration")
      .usage("[options] <name> <url> | [options] <name> -- <command> [args...]")
      .argument("<name>", "what to call it")
      .argument("[target...]", "its https:// address, or after -- the command that starts it")
      .option("--project", "add it to the project's file instead of the user's")
      .option("--env <K=V>", "variable for a local server's command; repeatable", collect)
      .option("--scope <scopes>", "scopes to ask for at sign-in")
      .option("--account <label>", "which account's sign-in it uses")
      .optionsGroup("Kept in the entry:"),
  ).action(action(run, async () => (await import("./commands/add.ts")).add));
  parent
    .command("remove")
    .description("remove a server from the configuration")
    .argument("<name>", "the server's name")
    .action(action(run, async () => (await import("./commands/remove.ts")).remove));
  parent
    .command("trust")
    .description("look at a project's servers, and allow them")
    .argument("[dir]", "the project's directory; default this one")
    .option("--yes", "do not ask")
    .action(action(run, async () => (await import("./commands/trust.ts")).trust));
  parent
    .command("completion")
    .description("print a script that completes commands, flags and server names")
    .argument("<shell>", "bash, zsh, fish or powershell")
    .action(action(run, async () => (await import("./commands/completion.ts")).completion));
}
