import { plainText } from "../../../base/redact.ts";
import type { SealedVault } from "../../../vault/sealed-vault.ts";
import { examineVault, type VaultStatus } from "../../../vault/vault-status.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { exitDone, exitFailed } from "../exit-codes.ts";
import { jsonDocument } from "../json-words.ts";
import { openVault } from "../open-vault.ts";
import type { Colors } from "../terminal.ts";
import { countWords, expectedWords, protectionWords, unusedWishes } from "../vault-words.ts";

/** Where sign-ins are kept and what protects them. Reads no configuration, so that a broken one hides nothing, and writes nothing. S01, S03 */
export async function vaultStatus(context: CommandContext, _words: readonly string[], flags: { readonly json?: boolean }): CommandResult {
  const { terminal } = context;
  const vault = await openVault(context.runtime(), terminal);
  const status = await examineVault(vault);
  if (flags.json === true) terminal.print(jsonDocument({ vault: toJson(vault, status) }));
  else for (const line of statusLines(vault, status, terminal.out)) terminal.print(line);
  return status.locked === undefined && status.unreadable.length === 0 && status.hindrance === undefined ? exitDone : exitFailed;
}

function statusLines(vault: SealedVault, status: VaultStatus, colors: Colors): readonly string[] {
  const rows = [["vault", plainText(status.place, 1000)] as const, ...keyRows(vault, status, colors), ["holds", countWords(status.counts)] as const, ["locks", lockWords(status, colors)] as const];
  return [...rows.map(([title, text]) => `${title.padEnd(8)}${text}`), ...problemLines(vault, status, colors)];
}

function keyRows({ wrapping }: SealedVault, { source, locked, exists, counts }: VaultStatus, colors: Colors): readonly (readonly [string, string])[] {
  if (source === undefined && locked !== undefined) return [["key", errorWords(locked, colors)]];
  if (source === undefined) return [["key", counts.grant > 0 || exists ? `not sealed yet: an earlier version stored them. The next change seals them with ${expectedWords(wrapping)}; at once: mcpass vault rekey` : `none yet; the first sign-in will be sealed with ${expectedWords(wrapping)}`]];
  return [
    ["key", `${plainText(wrapping.describe(source), 1000)}, ${locked === undefined ? colors.green("which opens it") : colors.red("which cannot be had")}`],
    ...(locked === undefined ? [] : [["", errorWords(locked, colors)] as const]),
    ["", protectionWords[source.kind]],
  ];
}

function lockWords({ hindrance, exists }: VaultStatus, colors: Colors): string {
  if (hindrance !== undefined) return errorWords(hindrance, colors);
  return exists ? "work here: two processes never renew one sign-in at once" : "can be loaded; whether the file system has them is seen at the first sign-in";
}

function problemLines(vault: SealedVault, status: VaultStatus, colors: Colors): readonly string[] {
  const { unreadable, outdated } = status;
  return [
    ...unreadable.map(({ error }) => `${colors.red("✗")} ${errorWords(error, colors)}`),
    ...(outdated.length === 0 || status.source === undefined ? [] : [`${colors.yellow("⚠")} ${outdated.length} not sealed with the current key: ${outdated.join(", ")}. To seal them anew: mcpass vault rekey`]),
    ...unusedWishes(vault.wrapping, status.source).map((line) => `${colors.yellow("⚠")} ${line}`),
  ];
}

function errorWords({ message, hint }: { readonly message: string; readonly hint?: string | undefined }, colors: Colors): string {
  return `${plainText(message, 2000)}${hint === undefined ? "" : ` ${colors.dim(plainText(hint, 1000))}`}`;
}

/** Every field is there; what is not known is null. */
function toJson({ wrapping }: SealedVault, { place, exists, source, locked, counts, unreadable, outdated, hindrance }: VaultStatus): object {
  return {
    place,
    exists,
    key: {
      source: source?.kind ?? null,
      where: source === undefined ? null : wrapping.describe(source),
      protects: source === undefined ? null : protectionWords[source.kind],
      available: source !== undefined && locked === undefined,
      error: locked?.toJSON() ?? null,
      expected: source === undefined && locked === undefined ? expectedWords(wrapping) : null,
    },
    counts,
    unreadable: unreadable.map(({ key, error }) => ({ key, error: error.toJSON() })),
    notSealedWithCurrentKey: outdated,
    locks: { available: hindrance === undefined, error: hindrance?.toJSON() ?? null },
    warnings: unusedWishes(wrapping, source),
  };
}
