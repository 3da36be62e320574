import { setTimeout as sleep } from "node:timers/promises";

import { findMcpassError, McpassError } from "../base/errors.ts";
import type { Held } from "../vault/vault.ts";
import type { VaultKey } from "../vault/vault-key.ts";
import type { Grant, VaultRecord } from "../vault/vault-record.ts";
import type { AccessContext } from "./access-context.ts";

/** A token set that its issuer gave out and that could not be stored: it is used from memory. F05 */
export interface Unsaved {
  readonly grant: Grant;
  readonly key: VaultKey;
  /** The access token of the stored grant it takes the place of; with any other there, it is out of date. */
  readonly replaces: string;
  triedAt: number;
  saving: boolean;
}

const tryAgainMs = 30_000;

/** Whichever of the two is the later one. */
export function newest(unsaved: Unsaved | undefined, stored: VaultRecord | undefined): Grant | undefined {
  if (stored?.kind !== "grant") return undefined;
  return unsaved !== undefined && stored.tokens?.accessToken === unsaved.replaces ? unsaved.grant : stored;
}

/**
 * Stores what was just obtained. When that fails, `inUse` is told the grant at once, and storing it is tried again, with pauses and for `unsavedMs`, while the key is
 * held: so long nobody else sends the refresh token that it replaced.
 */
export async function storeObtained(context: AccessContext, held: Held, obtained: { readonly grant: Grant; readonly key: VaultKey; readonly replaces: string }, inUse: (grant: Grant) => void): Promise<Grant | "keep"> {
  const { grant } = obtained;
  try {
    await held.write(grant);
    context.unsaved = undefined;
    return "keep";
  } catch (thrown) {
    shout(context, thrown);
  }
  const unsaved: Unsaved = { ...obtained, triedAt: context.runtime.now(), saving: true };
  context.unsaved = unsaved;
  inUse(grant);
  try {
    return await keepTrying(context, held, grant);
  } finally {
    unsaved.saving = false;
    unsaved.triedAt = context.runtime.now();
  }
}

async function keepTrying(context: AccessContext, held: Held, grant: Grant): Promise<Grant | "keep"> {
  const until = performance.now() + context.unsavedMs;
  for (let pauseMs = 100; performance.now() + pauseMs < until; pauseMs = Math.min(pauseMs * 2, 3_000)) {
    await sleep(pauseMs);
    try {
      await held.write(grant);
      saved(context);
      return "keep";
    } catch (thrown) {
      if (findMcpassError(thrown)?.code !== "vault_unwritable") break;
    }
  }
  // The vault's own last word: it may know what else to do.
  return grant;
}

/** In the background, now and then, as long as nothing else was stored in its place. */
export function saveAgain(context: AccessContext): void {
  const { unsaved } = context;
  if (unsaved === undefined || unsaved.saving || context.runtime.now() - unsaved.triedAt < tryAgainMs) return;
  unsaved.saving = true;
  unsaved.triedAt = context.runtime.now();
  const replace = async (stored: VaultRecord | undefined): Promise<Grant | "keep"> => (newest(unsaved, stored) === unsaved.grant ? unsaved.grant : "keep");
  void context.vault.update(unsaved.key, replace).then(
    () => context.unsaved === unsaved && saved(context),
    () => (unsaved.saving = false),
  );
}

function saved(context: AccessContext): void {
  context.unsaved = undefined;
  context.events.emit({ type: "grant.saved", server: context.name, at: context.runtime.now() });
}

function shout(context: AccessContext, thrown: unknown): void {
  const cause = findMcpassError(thrown) ?? new McpassError("internal", "Storing it failed.", { cause: thrown });
  const error = new McpassError(cause.code, `The renewed grant of ${context.name} is not stored yet: ${cause.message} It is kept in memory and tried again.`, {
    hint: `${cause.hint ?? "Make room for it."} Until then leave this program running: the refresh token that is stored may not be good any more.`,
    cause,
    details: { ...cause.details, server: context.name },
  });
  context.events.emit({ type: "grant.unsaved", server: context.name, at: context.runtime.now(), error });
}
