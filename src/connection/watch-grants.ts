import { McpassError } from "../base/errors.ts";
import { shellWord } from "../base/shell-word.ts";
import type { Grant } from "../vault/vault-record.ts";
import type { VaultKey } from "../vault/vault-key.ts";
import type { ServerState, Shared } from "./server-state.ts";
import { arrive } from "./status.ts";
import { tellTrouble } from "./tell-trouble.ts";

/** Changes that come together are looked at together. */
const gatherMs = 50;

/**
 * Follows what other processes do to the grants of these servers: a sign-in, a renewal or a sign-out elsewhere stands in the snapshot, and in the status, within
 * two seconds; each is told as `grant.changed`, and `onChange` is called. Settles when the first state is known, with what ends it. F06
 */
export async function watchGrants(shared: Shared, states: () => readonly ServerState[], onChange: () => void = () => {}): Promise<() => void> {
  const remote = (): readonly ServerState[] => states().filter(({ configured }) => configured.enabled && configured.entry?.type === "remote");
  let gathering: NodeJS.Timeout | undefined;
  const look = (): void => {
    gathering = undefined;
    onChange();
    for (const state of remote()) void follow(shared, state);
  };
  const stop = shared.vault.watch((key) => {
    if (isAboutGrants(key)) gathering ??= setTimeout(look, gatherMs);
  });
  // Afterwards: what comes in between is seen twice rather than never.
  await Promise.all(remote().map((state) => state.refreshGrant()));
  return () => {
    clearTimeout(gathering);
    stop();
  };
}

function isAboutGrants(key: VaultKey): boolean {
  return key.startsWith("grant-") || key.startsWith("link-");
}

async function follow({ events, runtime }: Shared, state: ServerState): Promise<void> {
  const { configured, cell, facts } = state;
  const before = facts.grant;
  const after = await state.refreshGrant();
  if (after?.tokens?.accessToken === before?.tokens?.accessToken && after?.trouble?.at === before?.trouble?.at) return;
  events.emit({ type: "grant.changed", server: configured.name, at: runtime.now() });
  if (after?.tokens !== undefined) {
    tellTrouble(state);
    if (before?.tokens !== undefined || (cell.status !== "needs_auth" && cell.status !== "needs_client_registration")) return;
    // What was begun without it may be bound to nobody. X07
    for (const listener of state.signedInListeners) listener(false);
    arrive(cell, "idle");
  } else if (cell.status !== "idle" && cell.status !== "connecting") {
    arrive(cell, "needs_auth", goneElsewhere(configured.name, after));
  }
}

function goneElsewhere(name: string, grant: Grant | undefined): McpassError {
  const what = grant?.ended === undefined ? "was signed out of by another program" : `has lost its sign-in: ${grant.ended.reason}`;
  return new McpassError("sign_in_required", `${name} ${what}.`, { hint: `mcpass auth ${shellWord(name)}`, details: { server: name } });
}
