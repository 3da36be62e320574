import { type Command, Option } from "commander";
import type { CommandContext, CommandResult, GlobalFlags } from "./command-context.ts";
import { parsePort } from "./flag-values.ts";

/** Runs a command's work with a context made of its global flags. */
export type Run = (flags: GlobalFlags, work: (context: CommandContext) => CommandResult) => Promise<void>;

/** A command: its words, and all flags, its own and the global ones. */
export type Implementation<Flags> = (context: CommandContext, words: readonly string[], flags: Flags) => CommandResult;

/** An action whose implementation loads when it runs, and not before. */
export function action<Flags extends object>(run: Run, load: () => Promise<Implementation<Flags>>): (this: Command) => Promise<void> {
  return async function (this: Command) {
    const flags = this.optsWithGlobals<Flags & GlobalFlags>();
    await run(flags, async (context) => (await load())(context, this.args, flags));
  };
}

/** The flags that change a server's entry for this run. */
export function withOverrideFlags(command: Command): Command {
  return withBrowserFlag(
    withEntryFlags(command.optionsGroup("For this run only:"))
      .addOption(new Option("--elicit <how>", "what to do when the server asks something: ask in a terminal (default), take defaults, decline").choices(["ask", "defaults", "decline"]))
      .option("--account <label>", "use this account's sign-in"),
  );
}

/** The flags that say the same as keys of an entry. */
export function withEntryFlags(command: Command): Command {
  return command
    .option("--header <K=V>", "send this header to the server; repeatable, the first of : or = separates", collect)
    .option("--client-id <id>", "client id of an application registered with the provider")
    .addOption(new Option("--client-secret <secret>", "its secret, as typed: other users of this machine and your shell's history see it").hideHelp())
    .option("--client-secret-env <var>", "its secret is in this variable")
    .option("--client-secret-file <file>", "its secret is in this file")
    .option("--client-secret-command <cmd>", "its secret is what this program prints; no shell")
    .addOption(new Option("--grant <grant>", "how a token is come by").choices(["authorization_code", "device_code", "client_credentials", "jwt-bearer", "id-jag"]))
    .option("--private-key-file <file>", "private key of the client, PEM or JWK, to sign with instead of a secret")
    .option("--private-key-env <var>", "the key is in this variable")
    .option("--private-key-command <cmd>", "the key is what this program prints")
    .option("--signing-alg <alg>", "algorithm to sign with (default: by the key)")
    .option("--assertion-file <file>", "the assertion of a workload, for jwt-bearer")
    .option("--assertion-env <var>", "the assertion is in this variable")
    .option("--assertion-command <cmd>", "the assertion is what this program prints")
    .option("--idp-issuer <url>", "identity provider to sign in at once, for id-jag")
    .option("--idp-token-endpoint <url>", "its token endpoint, with an ID token from elsewhere")
    .option("--idp-client-id <id>", "client id there")
    .option("--idp-client-secret-env <var>", "its secret is in this variable")
    .option("--idp-client-secret-file <file>", "its secret is in this file")
    .option("--idp-client-secret-command <cmd>", "its secret is what this program prints")
    .option("--id-token-file <file>", "ID token of the identity provider")
    .option("--id-token-env <var>", "the ID token is in this variable")
    .option("--id-token-command <cmd>", "the ID token is what this program prints")
    .option("--dpop", "ask for a token that is bound to a key")
    .option("--client-metadata-url <url>", "https address of a client metadata document, which is the client id")
    .option("--callback-port <port>", "port on this machine that the browser comes back to", parsePort)
    .option("--callback-host <host>", "host that the browser reaches this machine by, instead of 127.0.0.1")
    .option("--callback-bind <address>", "IP address to listen on for the browser; in a container 0.0.0.0")
    .option("--callback-path <path>", "path that the browser comes back to")
    .option("--redirect-uri <uri>", "redirect URI exactly as it is registered")
    .option("--resource <uri>", "the resource parameter, or none")
    .addOption(new Option("--transport <kind>", "how to speak to the server").choices(["auto", "http", "sse"]))
    .addOption(new Option("--protocol <revision>", "which revisions to speak").choices(["auto", "legacy", "2026-07-28"]));
}

export function withBrowserFlag(command: Command): Command {
  return command.option("--browser <cmd>", "program that opens the address, with its words (also BROWSER); no shell").option("--no-browser", "only print the address");
}

/** Signing in from a command that is not `auth`. */
export function withSignInFlag(command: Command): Command {
  return command.option("--sign-in", "sign in first when the server needs it").option("--scope <scopes>", "scopes to ask for when signing in");
}

export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
