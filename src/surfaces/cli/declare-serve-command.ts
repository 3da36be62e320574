import type { Command } from "commander";
import { action, type Run } from "./declare-command.ts";
import { parseServePort } from "./flag-values.ts";

/** serve. */
export function declareServeCommand(parent: Command, run: Run): void {
  parent
    .command("serve")
    .description("serve the HTTP API and the web page on this machine, until it is interrupted")
    .option("--port <port>", "port to listen on; 0 takes any that is free", parseServePort, 4190)
    .option("--host <host>", "address to listen on", "127.0.0.1")
    .option("--public-url <url>", "https address that others reach this server by; sign-ins then come back there")
    .option("--insecure-network", "listen beyond this machine over plain HTTP, where nobody can listen in")
    .option("--browser <cmd>", "program that opens the address of a sign-in, with its words (also BROWSER); no shell")
    .option("--print-token", "print the token that callers show, and end")
    .option("--link", "print a link that opens the web page of a running server, once, and end")
    .option("--clients", "show which clients have a token for the gateway, and end")
    .option("--revoke <client>", "revoke the token that install --gateway made for a client, also while a server runs, and end")
    .option("--json", "with --clients: print JSON")
    .action(action(run, async () => (await import("./commands/serve.ts")).serve));
}
