import type { Command } from "commander";
import { action, type Run, withOverrideFlags, withSignInFlag } from "./declare-command.ts";

const serverWords = "name or https:// address";

/** list, doctor, inspect, tools, call. */
export function declareServerCommands(parent: Command, run: Run): void {
  parent
    .command("list")
    .alias("ls")
    .description("show every configured server and its status")
    .option("--json", "print JSON")
    .option("--offline", "connect to nothing; show what is stored")
    .action(action(run, async () => (await import("./commands/list.ts")).list));
  declareDoctor(parent, run);
  declareInspect(parent, run);
  withOverrideFlags(
    withSignInFlag(
      parent
        .command("tools")
        .description("list a server's tools")
        .argument("<server>", serverWords)
        .option("--json", "print the full tool objects, schemas as the server sent them"),
    ),
  ).action(action(run, async () => (await import("./commands/tools.ts")).tools));
  declareCall(parent, run);
}

function declareDoctor(parent: Command, run: Run): void {
  withOverrideFlags(
    parent
      .command("doctor")
      .alias("debug")
      .description("explain a server: every step of reaching it and signing in, without signing in")
      .argument("<server>", serverWords)
      .option("--json", "print JSON")
      .option("--report <file>", "write everything, without secrets, to a file for an issue")
      .option("--trace", "also print every request and answer, without secrets"),
  ).action(action(run, async () => (await import("./commands/doctor.ts")).doctor));
}

function declareInspect(parent: Command, run: Run): void {
  withOverrideFlags(
    withSignInFlag(
      parent
        .command("inspect")
        .description("connect to a server and show what it has; read its first prompt and resource")
        .argument("<server>", serverWords)
        .option("--call-all", "call every tool with arguments made up from its schema; asks first")
        .option("--yes", "do not ask before --call-all")
        .option("--json", "print JSON"),
    ),
  ).action(action(run, async () => (await import("./commands/inspect.ts")).inspect));
}

function declareCall(parent: Command, run: Run): void {
  withOverrideFlags(
    withSignInFlag(
      parent
        .command("call")
        .description("call a tool and print its result")
        .argument("<server>", serverWords)
        .argument("<tool>", "the tool's name")
        .argument("[key=value...]", "arguments; a value that is JSON is taken as JSON unless the tool wants a text")
        .option("--args <json>", "arguments as a JSON object, @FILE, or - for standard input")
        .option("--json", "print the whole result as JSON"),
    ),
  ).action(action(run, async () => (await import("./commands/call.ts")).call));
}
