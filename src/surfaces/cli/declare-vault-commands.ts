import { type Command, Option } from "commander";
import { keySourceKinds } from "../../vault/vault-environment.ts";
import { action, type Run } from "./declare-command.ts";

/** vault. */
export function declareVaultCommands(parent: Command, run: Run): void {
  const vault = parent.command("vault").description("what is kept of your sign-ins, and what became of it");
  vault
    .command("status")
    .description("show where sign-ins are kept, what seals them and what that protects; changes nothing")
    .option("--json", "print JSON")
    .action(action(run, async () => (await import("./commands/vault-status.ts")).vaultStatus));
  vault
    .command("rekey")
    .description("seal every sign-in with a new key, from another place where you say so; nothing is lost")
    .addOption(new Option("--to <source>", "keep the key there from now on; environment: MCPASS_KEY (default: where it is)").choices([...keySourceKinds]))
    .option("--json", "print JSON")
    .action(action(run, async () => (await import("./commands/vault-rekey.ts")).vaultRekey));
  vault
    .command("history")
    .description("show who signed in to a server and renewed the sign-in, and what came of it; no token is shown")
    .argument("<server>", "name or https:// address")
    .option("--account <label>", "of this account's sign-in")
    .option("--json", "print JSON")
    .action(action(run, async () => (await import("./commands/vault-history.ts")).vaultHistory));
  vault
    .command("restore")
    .description("put a sign-in back that was set aside because its issuer refused it")
    .argument("<server>", "name or https:// address")
    .option("--account <label>", "of this account's sign-in")
    .option("--json", "print JSON")
    .action(action(run, async () => (await import("./commands/vault-restore.ts")).vaultRestore));
}
