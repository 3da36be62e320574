import type { Command } from "commander";
import { applicationNames } from "../../config/application/application-names.ts";
import type { CommandContext, CommandResult } from "./command-context.ts";
import { action, type Implementation, type Run } from "./declare-command.ts";
import { parseGatewayPort } from "./flag-values.ts";

/** import, install, uninstall. */
export function declareApplicationCommands(parent: Command, run: Run): void {
  parent
    .command("import")
    .description("bring servers, or clients and sign-ins, along from another program")
    .argument("[client]", `whose servers: ${applicationNames.join(", ")}`)
    .option("--print", "only show what would be added")
    .option("--project", "from its file in this directory, into the project's file")
    .option("--logins <program>", "its sign-ins instead: opencode or mcp-remote")
    .option("--move", "take over the sign-ins that belong to a client of your own; asks first")
    .option("--yes", "do not ask")
    .option("--json", "print JSON")
    .action(action(run, importCommand));
  parent
    .command("install")
    .description("let another program use servers through mcpass: write what leads to it into its configuration")
    .argument("<client>", applicationNames.join(", "))
    .argument("[names...]", "servers; default all remote ones")
    .option("--print", "only show what would be written")
    .option("--project", "into its file in this directory")
    .option("--replace", "also in place of another server of the same name")
    .option("--gateway", "the gateway of a running mcpass serve instead of bridges: one entry for all servers, or one for each that is named")
    .option("--port <port>", "with --gateway: the port of mcpass serve; default 4190", parseGatewayPort)
    .option("--json", "print JSON")
    .action(action(run, async () => (await import("./commands/install.ts")).install));
  parent
    .command("uninstall")
    .description("take back what install wrote; what was there before comes back")
    .argument("<client>", applicationNames.join(", "))
    .argument("[names...]", "servers; default all that were installed")
    .option("--print", "only show what would change")
    .option("--project", "from its file in this directory")
    .option("--json", "print JSON")
    .action(action(run, async () => (await import("./commands/uninstall.ts")).uninstall));
}

interface ImportFlags {
  readonly logins?: string;
  readonly move?: boolean;
  readonly yes?: boolean;
  readonly print?: boolean;
  readonly project?: boolean;
  readonly json?: boolean;
}

/** With a client its servers, with --logins its sign-ins. */
async function importCommand(): Promise<Implementation<ImportFlags>> {
  return async (context: CommandContext, words: readonly string[], flags: ImportFlags): CommandResult => {
    if (words.length > 0 && flags.logins === undefined) return (await import("./commands/import-servers.ts")).importServers(context, words, flags);
    return (await import("./commands/import-logins.ts")).importLogins(context, words, flags);
  };
}
