import type { Command } from "commander";
import { action, type Run } from "./declare-command.ts";

/** tui. */
export function declareTuiCommand(parent: Command, run: Run): void {
  parent
    .command("tui")
    .description("open the screen: every server as it changes, to sign in, mend and try out; also mcpass alone in a terminal")
    .option("--browser <cmd>", "program that opens the address of a sign-in, with its words (also BROWSER); no shell")
    .option("--no-browser", "open no browser; show the address only")
    .option("--attach <url>", "show the servers of a running mcpass serve instead, as http://127.0.0.1:4190")
    .action(action(run, async () => (await import("./commands/tui.ts")).tui));
}
