import type { Command } from "commander";
import { action, collect, type Run, withEntryFlags } from "./declare-command.ts";
import { parseAuthTimeout } from "./flag-values.ts";

/** bridge: our flags, and those of mcp-remote, so that its users only change the word. */
export function declareBridgeCommand(parent: Command, run: Run): void {
  const command = parent
    .command("bridge")
    .description("be an MCP server on standard input and output, in front of a remote one; for the configuration of any client")
    .argument("<server>", "name of a configured server, or its address")
    .argument("[port]", "port on this machine that the browser comes back to")
    .option("--open", "open the browser when a sign-in is needed, once for all that wait")
    .option("--browser <cmd>", "program that opens the address, with its words (also BROWSER); no shell")
    .option("--ignore-tool <pattern>", "neither list nor call tools of this name; repeatable, * stands for any text", collect)
    .option("--auth-timeout <seconds>", "how long a sign-in waits for the person", parseAuthTimeout);
  withEntryFlags(command.optionsGroup("As in an entry:")).option("--account <label>", "use this account's sign-in");
  command
    .optionsGroup("Understood as mcp-remote does:")
    .option("--host <host>", "the same as --callback-host")
    .option("--header-file <file>", "headers from a file, a NAME: VALUE on each line; repeatable", collect)
    .option("--static-oauth-client-info <json>", "client_id and client_secret as JSON, or @FILE")
    .option("--static-oauth-client-metadata <json>", "scope and client_name as JSON, or @FILE")
    .option("--client-credentials", "the same as --grant client_credentials")
    .option("--device-code", "the same as --grant device_code")
    .option("--token-endpoint <url>", "send the client's credentials there, whatever the metadata says")
    .option("--authorize-param <K=V>", "one more parameter of the authorization request; repeatable", collect)
    .option("--disable-resource-parameter", "the same as --resource none")
    .option("--allow-http", "without effect: plain http is for this machine only")
    .option("--enable-proxy", "without effect: proxies of the environment are always used")
    .option("--keep-alive", "without effect: a stream that ends is opened again")
    .option("--ping-interval <seconds>", "without effect, as --keep-alive")
    .option("--connect-timeout <seconds>", "without effect: see timeout of an entry")
    .option("--headers-timeout <seconds>", "without effect, as --connect-timeout")
    .option("--body-timeout <seconds>", "without effect: a stream may be silent")
    .option("--ipv4", "without effect: a host's addresses are tried one after the other")
    .option("--disable-cookies", "without effect: no cookies are kept")
    .option("--auth-success-url <url>", "without effect: the page after a sign-in is ours")
    .option("--debug", "the same as --verbose")
    .option("--silent", "the same as --quiet");
  command.options.find(({ long }) => long === "--transport")?.choices(["auto", "http", "sse", "http-only", "sse-only", "http-first", "sse-first"]);
  command.action(action(run, async () => (await import("./bridge-process.ts")).bridge));
}
