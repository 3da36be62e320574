import type { Command } from "commander";
import { action, type Run } from "./declare-command.ts";
import { parsePort } from "./flag-values.ts";

const whichClient = "a server's name, a client id, or an issuer";

/** clients, client-metadata. */
export function declareClientCommands(parent: Command, run: Run): void {
  const clients = parent.command("clients").description("the clients that mcpass signs in as: list, edit and remove them");
  clients
    .command("list", { isDefault: true })
    .alias("ls")
    .description("show every configured and stored client; connects to nothing")
    .option("--json", "print JSON")
    .action(action(run, async () => (await import("./commands/clients.ts")).listClients));
  clients
    .command("show")
    .description("show one")
    .argument("<client>", whichClient)
    .option("--json", "print JSON")
    .action(action(run, async () => (await import("./commands/clients.ts")).showClient));
  clients
    .command("set")
    .description("write a client into a server's entry")
    .argument("<server>", "the server's name")
    .option("--client-id <id>", "client id of an application registered with the provider")
    .option("--client-secret-env <var>", "its secret is in this variable")
    .option("--client-secret-file <file>", "its secret is in this file")
    .option("--client-secret-command <cmd>", "its secret is what this program prints; no shell")
    .option("--client-metadata-url <url>", "https address of a client metadata document, which is the client id")
    .option("--callback-port <port>", "port on this machine that the browser comes back to", parsePort)
    .option("--redirect-uri <uri>", "redirect URI exactly as it is registered")
    .action(action(run, async () => (await import("./commands/clients.ts")).setClient));
  clients
    .command("forget")
    .description("remove one here, from the vault and the entry; sign-ins stay")
    .argument("<client>", whichClient)
    .action(action(run, async () => (await import("./commands/clients.ts")).forgetClient));
  clients
    .command("delete")
    .description("delete one that mcpass registered at its issuer too, where that is offered (RFC 7592)")
    .argument("<client>", whichClient)
    .option("--json", "print JSON")
    .action(action(run, async () => (await import("./commands/clients.ts")).deleteClient));
  parent
    .command("client-metadata")
    .description("print a client metadata document to host, for clientMetadataUrl")
    .option("--url <url>", "the https address where it will be")
    .option("--redirect-port <port>", "port that the browser may come back to; repeatable", collectPort)
    .option("--client-name <name>", "the name that people see")
    .option("--client-uri <url>", "a web page about the client")
    .action(action(run, async () => (await import("./commands/client-metadata.ts")).clientMetadata));
}

function collectPort(value: string, before: readonly number[] | undefined): readonly number[] {
  return [...(before ?? []), parsePort(value)];
}
