import { McpassError } from "../base/errors.ts";
import { scrub } from "../base/redact.ts";
import { canonicalServerUrl } from "../oauth/resource.ts";
import { withDeadline } from "./deadline.ts";
import { type LocalStep, lookLocal } from "./look-local.ts";
import { lookRemote, type Sight } from "./look-remote.ts";
import { translate } from "./sdk-errors.ts";
import { noAnswer, type Place } from "./server-answers.ts";
import type { Door, ServerState, Shared } from "./server-state.ts";

/**
 * One light look at a server, within its connect deadline, or `longestMs` where that is shorter; changes nothing but what is remembered of it. Throws McpassError only.
 * `door` is the account's whose access is looked through; a local server has none.
 */
export async function lookAt(shared: Shared, state: ServerState, door: Door | undefined, signal: AbortSignal | undefined, longestMs = Number.POSITIVE_INFINITY, onStep?: (step: LocalStep) => void): Promise<Sight> {
  const { entry } = state.configured;
  if (entry === undefined) throw state.configured.error ?? new McpassError("internal", `${state.configured.name} has no entry.`);
  const before = await state.refreshGrant();
  const place = state.place();
  const ms = Math.min(entry.timeout.connectMs, longestMs);
  const { runtime, farewell } = shared;
  try {
    return await withDeadline({ ms, signal, expired: () => noAnswer(place, ms, "answer") }, async (clock) => {
      if (entry.type === "local") return lookLocal({ entry, place, environment: runtime.environment, farewell, signal: clock.signal, onStep });
      if (door === undefined) throw new McpassError("internal", `${state.configured.name} was looked at without an account.`);
      const url = canonicalServerUrl(entry.url);
      const known = await shared.memory.read(url);
      const sight = await lookRemote({ fetch: door.access.fetch, entry, place, knownEra: known.era?.kind, farewell, signal: clock.signal });
      if (sight.era === "modern" && known.era?.kind !== "modern") await shared.memory.note(url, { era: { kind: "modern", at: runtime.now() } });
      if (known.open === undefined && before === undefined && !door.access.hasStaticCredential && !door.access.byMachine) await shared.memory.note(url, { open: { at: runtime.now() } });
      // A renewal on the way changed it, or a first token came without a person.
      if (before !== undefined || door.access.byMachine) await state.refreshGrant();
      return sight;
    });
  } catch (thrown) {
    await state.refreshGrant();
    const error = withoutSecrets(translate(thrown, state.place(), ""), state.place());
    if (error.code === "sign_in_required" && entry.type === "remote") await shared.memory.note(canonicalServerUrl(entry.url), { open: undefined });
    throw error;
  }
}

/** What the server said was made harmless with the secrets known at the beginning; a token renewed on the way is one more. */
function withoutSecrets(error: McpassError, { secrets }: Place): McpassError {
  const message = scrub(error.message, secrets);
  return message === error.message ? error : new McpassError(error.code, message, { hint: error.hint, cause: error.cause, details: error.details });
}
