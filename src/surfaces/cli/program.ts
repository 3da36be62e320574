import { Command } from "commander";
import { product } from "../../base/product.ts";
import { declareApplicationCommands } from "./declare-application-commands.ts";
import { declareBridgeCommand } from "./declare-bridge-command.ts";
import { declareClientCommands } from "./declare-client-commands.ts";
import type { Run } from "./declare-command.ts";
import { declareConfigurationCommands } from "./declare-configuration-commands.ts";
import { declareServeCommand } from "./declare-serve-command.ts";
import { declareServerCommands } from "./declare-server-commands.ts";
import { declareSignInCommands } from "./declare-sign-in-commands.ts";
import { declareTuiCommand } from "./declare-tui-command.ts";
import { declareVaultCommands } from "./declare-vault-commands.ts";

export interface ProgramOptions {
  readonly run: Run;
  readonly words: readonly string[];
  readonly write: (text: string) => void;
  readonly width: number | undefined;
}

/** The whole command tree. Nothing of a command is loaded before it runs. Parsing throws CommanderError instead of printing or exiting. */
export function createProgram(options: ProgramOptions): Command {
  const program = new Command(product.name)
    .description("Sign in to MCP servers once, and use them from everywhere.")
    .version(product.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .configureOutput({ writeOut: options.write, writeErr: options.write, outputError: () => {}, getOutHasColors: () => false, getOutHelpWidth: () => options.width ?? 100, getErrHelpWidth: () => options.width ?? 100 })
    .configureHelp({ subcommandTerm })
    .exitOverride();
  declareGlobalFlags(program);
  declareCommands(program, options.run);
  const group = program.command("mcp").description("the same commands, as OpenCode's users type them");
  if (options.words.includes("mcp")) declareCommands(group, options.run);
  program.addHelpText("after", examples);
  return program;
}

/** A command in the list of commands: its name and its words. Its flags are for its own help. */
function subcommandTerm(command: Command): string {
  const words = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
    return argument.required ? ` <${name}>` : ` [${name}]`;
  });
  return [command.name(), ...command.aliases()].join("|") + words.join("");
}

function declareGlobalFlags(program: Command): void {
  program
    .option("--config <file>", "use this file instead of the user's and the project's")
    .option("--home <dir>", "keep config, data, state and cache under this directory (also MCPASS_HOME)")
    .option("--quiet", "say nothing but errors and addresses to open")
    .option("--verbose", "with an error, also show its code, details and stack")
    .option("--no-color", "no colours (also NO_COLOR)");
}

function declareCommands(parent: Command, run: Run): void {
  declareSignInCommands(parent, run);
  declareServerCommands(parent, run);
  declareConfigurationCommands(parent, run);
  declareApplicationCommands(parent, run);
  declareClientCommands(parent, run);
  declareVaultCommands(parent, run);
  declareServeCommand(parent, run);
  declareTuiCommand(parent, run);
  declareBridgeCommand(parent, run);
}

const examples = `
Examples:
  mcpass add linear https://mcp.linear.app/mcp
  mcpass auth linear
  mcpass list
  mcpass call linear search query=login

A bare https:// address works wherever a server's name does.`;
