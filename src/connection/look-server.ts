import { McpassError } from "../base/errors.ts";
import { canonicalServerUrl } from "../oauth/resource.ts";
import { withDeadline } from "./deadline.ts";
import { lookLocal } from "./look-local.ts";
import { lookRemote, type Sight } from "./look-remote.ts";
import { translate } from "./sdk-errors.ts";
import { noAnswer } from "./server-answers.ts";
import type { Door, ServerState, Shared } from "./server-state.ts";

/**
 * One light look at a server, within its connect deadline; changes nothing but what is remembered of it. Throws McpassError only.
 * `door` is the account's whose access is looked through; a local server has none.
 */
export async function lookAt(shared: Shared, state: ServerState, door: Door | undefined, signal: AbortSignal | undefined): Promise<Sight> {
  const { entry } = state.configured;
  if (entry === undefined) throw state.configured.error ?? new McpassError("internal", `${state.configured.name} has no entry.`);
  const place = await state.place();
  const ms = entry.timeout.connectMs;
  const { runtime, farewell } = shared;
  try {
    return await withDeadline({ ms, signal, expired: () => noAnswer(place, ms, "answer") }, async (clock) => {
      if (entry.type === "local") return lookLocal({ entry, place, environment: runtime.environment, farewell, signal: clock.signal });
      if (door === undefined) throw new McpassError("internal", `${state.configured.name} was looked at without an account.`);
      const url = canonicalServerUrl(entry.url);
      const known = await shared.memory.read(url);
      const sight = await lookRemote({ fetch: door.access.fetch, entry, place, knownEra: known.era?.kind, farewell, signal: clock.signal });
      if (sight.era === "modern" && known.era?.kind !== "modern") await shared.memory.note(url, { era: { kind: "modern", at: runtime.now() } });
      if (known.open === undefined && !door.access.hasStaticCredential && (await door.access.grant()) === undefined) await shared.memory.note(url, { open: { at: runtime.now() } });
      return sight;
    });
  } catch (thrown) {
    const error = translate(thrown, place, "");
    if (error.code === "sign_in_required" && entry.type === "remote") await shared.memory.note(canonicalServerUrl(entry.url), { open: undefined });
    throw error;
  }
}
