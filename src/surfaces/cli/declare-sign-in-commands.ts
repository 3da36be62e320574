import type { Command } from "commander";
import { action, type Run, withOverrideFlags } from "./declare-command.ts";
import { parseTimeout } from "./flag-values.ts";

/** auth, auth list, logout. */
export function declareSignInCommands(parent: Command, run: Run): void {
  const auth = parent
    .command("auth")
    .description("sign in to a server")
    .argument("[server]", "name or https:// address; may be left out when only one server can be signed in to")
    .option("--all", "sign in to every server that needs it, one after the other")
    .option("--scope <scopes>", "scopes to ask for instead of what the server suggests; +scope adds one")
    .option("--device", "sign in with a code that is typed in at another device")
    .option("--timeout <seconds>", "how long to wait for the browser (default 600)", parseTimeout)
    .option("--force", "sign in again although there is a usable sign-in")
    .option("--start", "only begin: print the address to open, and leave the rest to --finish")
    .option("--finish <url>", "complete what --start began, with the address the browser was sent to; - reads it from standard input")
    .option("--json", "one JSON event per line")
    .action(action(run, async () => (await import("./commands/auth.ts")).auth));
  withOverrideFlags(auth);
  auth
    .command("list")
    .alias("ls")
    .description("show the stored sign-ins; connects to nothing")
    .option("--json", "print JSON")
    .action(action(run, async () => (await import("./commands/auth-list.ts")).authList));
  parent
    .command("logout")
    .description("revoke a sign-in at its authorization server and forget it")
    .argument("[server]", "name or https:// address; may be left out when there is only one sign-in")
    .option("--account <label>", "of this account")
    .option("--all", "all stored sign-ins")
    .option("--keep-remote", "only forget it here, do not revoke it")
    .option("--json", "one JSON result per line")
    .action(action(run, async () => (await import("./commands/logout.ts")).logout));
}
