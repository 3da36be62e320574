import { findMcpassError, McpassError } from "../base/errors.ts";
import type { KeysInUse } from "./data-keys.ts";
import type { KeySource, KeySourceKind } from "./key-record.ts";
import type { LeftRecord, SealedVault } from "./sealed-vault.ts";

export interface RekeyResult {
  /** undefined: nothing was sealed before. */
  readonly before: KeySource | undefined;
  readonly after: KeySource;
  /** How many records are sealed with the new key. */
  readonly sealed: number;
  /** Those that are not, and why. They are as they were, and so are the keys that open them. */
  readonly left: readonly LeftRecord[];
  /** Why the old key is still where it was, which nothing needs any more. */
  readonly notForgotten: McpassError | undefined;
}

/**
 * Seals the vault with new keys, under a key from a source of kind `to` or, without it, of the kind there was. One small write decides; what a crash leaves
 * before it is the vault as it was, and after it one whose records are sealed partly with the key before, which is kept for that. Whoever uses the vault
 * meanwhile goes on. undefined: there is nothing to seal. Throws `vault_locked` (the old key or the new one cannot be had) and `usage`; nothing has changed then.
 */
export async function rekey(vault: SealedVault, to: KeySourceKind | undefined): Promise<RekeyResult | undefined> {
  const { keys, wrapping } = vault;
  const record = await keys.record();
  if (record === undefined && to === undefined && (await vault.seals()).length === 0) return undefined;
  if (wrapping.wishes().newKey !== undefined && (to ?? record?.source.kind) !== "environment")
    throw new McpassError("usage", "MCPASS_NEW_KEY is set, and the vault is not to be sealed with the environment's key.", { hint: "To seal it with that: mcpass vault rekey --to environment; else unset MCPASS_NEW_KEY." });
  const hindrance = await vault.hindrance();
  if (hindrance !== undefined) throw hindrance;
  const { before, after } = await keys.replace(to, await keysInUse(vault));
  const left = await vault.reseal();
  if (after.plain === true && left.every(({ error }) => error.code === "vault_unreadable")) await keys.settle();
  const current = after.keys[0].id;
  const sealed = (await vault.seals()).filter(({ sealedWith }) => sealedWith === current).length;
  const moved = before !== undefined && JSON.stringify(before) !== JSON.stringify(after.source);
  return { before, after: after.source, sealed, left, notForgotten: moved ? await forget(vault, before) : undefined };
}

async function keysInUse(vault: SealedVault): Promise<KeysInUse> {
  const used = new Set<string>();
  for (const { sealedWith } of await vault.seals()) {
    if (sealedWith === undefined) return "all";
    used.add(sealedWith);
  }
  return used;
}

async function forget({ wrapping }: SealedVault, source: KeySource): Promise<McpassError | undefined> {
  try {
    await wrapping.forget(source);
    return undefined;
  } catch (thrown) {
    return findMcpassError(thrown) ?? new McpassError("vault_unwritable", `${wrapping.describe(source)} could not be removed.`, { cause: thrown });
  }
}
