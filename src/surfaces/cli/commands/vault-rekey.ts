import { plainText } from "../../../base/redact.ts";
import type { KeySourceKind } from "../../../vault/key-record.ts";
import { rekey, type RekeyResult } from "../../../vault/rekey.ts";
import type { SealedVault } from "../../../vault/sealed-vault.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { exitDone, exitFailed } from "../exit-codes.ts";
import { jsonDocument } from "../json-words.ts";
import { openVault } from "../open-vault.ts";
import type { Terminal } from "../terminal.ts";
import { protectionWords } from "../vault-words.ts";

interface RekeyFlags {
  readonly to?: KeySourceKind;
  readonly json?: boolean;
}

/** Seals everything anew. Whatever becomes of this process, every sign-in stays readable. */
export async function vaultRekey(context: CommandContext, _words: readonly string[], { to, json }: RekeyFlags): CommandResult {
  const { terminal } = context;
  const vault = await openVault(context.runtime(), terminal);
  const result = await rekey(vault, to).finally(vault.close);
  if (json === true) terminal.print(jsonDocument({ rekeyed: result === undefined ? null : toJson(vault, result) }));
  if (result === undefined) {
    terminal.say("Nothing is stored yet, so there is nothing to seal. With --to, the key of the first sign-in is kept there.");
    return exitDone;
  }
  sayResult(terminal, vault, result);
  return result.left.length === 0 ? exitDone : exitFailed;
}

function sayResult(terminal: Terminal, vault: SealedVault, { before, after, sealed, left, notForgotten }: RekeyResult): void {
  const { err } = terminal;
  const describe = (source: typeof after): string => plainText(vault.wrapping.describe(source), 1000);
  const from = before === undefined ? "" : `; it was sealed with ${before.kind === after.kind ? "another key there" : describe(before)}`;
  terminal.say(`${err.green("✓")} Sealed ${sealed} ${sealed === 1 ? "record" : "records"} of ${plainText(vault.place, 1000)} with ${describe(after)}${from}.`);
  terminal.say(protectionWords[after.kind]);
  if (after.kind === "environment" && vault.wrapping.wishes().newKey !== undefined) terminal.insist("From now on MCPASS_KEY must be what MCPASS_NEW_KEY is now, wherever mcpass runs.");
  else if (after.kind === "environment" && before?.kind !== "environment") terminal.say("Programs that run already and do not have MCPASS_KEY must be started again with it.");
  for (const { error } of left) terminal.insist(`${err.yellow("warning:")} left as it was, with the key that it needs: ${plainText(error.message, 2000)}`);
  if (left.length > 0) terminal.say(`${err.cyan("hint:")} mcpass vault status names what is left; mcpass vault rekey seals it when it can be`);
  if (notForgotten !== undefined) terminal.insist(`${err.yellow("warning:")} the old key is still there, and nothing needs it any more: ${plainText(notForgotten.message, 2000)}`);
}

function toJson({ wrapping }: SealedVault, { before, after, sealed, left, notForgotten }: RekeyResult): object {
  return {
    from: before?.kind ?? null,
    to: after.kind,
    where: wrapping.describe(after),
    sealed,
    left: left.map(({ key, error }) => ({ key, error: error.toJSON() })),
    notForgotten: notForgotten?.toJSON() ?? null,
  };
}
