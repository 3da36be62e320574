import { findPending, takePending } from "../access/pending-sign-ins.ts";
import { findMcpassError, McpassError } from "../base/errors.ts";
import { shellWord } from "../base/shell-word.ts";
import { type Attempt, createAddresses, stateOf } from "./attempt.ts";
import { type AttemptRequest, settled, wishOf } from "./background-sign-in.ts";
import type { ManagerSignIn } from "./sign-in-verified.ts";
import type { StandingParts } from "./standing.ts";

/**
 * A sign-in whose redirect comes in at the public address: the first half now, the second with what comes in. What it needs is in the vault, so it outlives this
 * process. H05
 */
export function beginInPublic({ core, shared }: StandingParts, request: AttemptRequest): Attempt {
  const { server, account } = request;
  const { runtime, events, vault } = shared;
  const addresses = createAddresses();
  const controller = new AbortController();
  let done: (result: ManagerSignIn) => void = () => undefined;
  let failed: (error: unknown) => void = () => undefined;
  const end = (error: McpassError, outcome: "expired" | "cancelled"): void => {
    if (addresses.latest() !== undefined) events.emit({ type: "authorization.ended", server, at: runtime.now(), outcome });
    failed(error);
  };
  const wait = async (): Promise<ManagerSignIn> => {
    const started = await core.startSignIn(server, { ...wishOf(request), signal: controller.signal, onNotice: (message) => events.emit({ type: "warning", server, at: runtime.now(), message }) });
    if (started.kind !== "started") return started;
    const { notice } = started;
    const waiting = new Promise<ManagerSignIn>((resolve, reject) => ([done, failed] = [resolve, reject]));
    const timer = setTimeout(() => end(expired(server), "expired"), Math.max(0, notice.expiresAt - runtime.now())).unref();
    const cancel = (): void => end(controller.signal.reason as McpassError, "cancelled");
    controller.signal.addEventListener("abort", cancel, { once: true });
    addresses.show(notice);
    if (controller.signal.aborted) cancel();
    return waiting.finally(() => clearTimeout(timer));
  };
  const result = settled(wait(), request);
  return {
    account,
    opensItself: false,
    address: addresses.latest,
    begun: addresses.begun(result),
    result,
    onAddress: addresses.onAddress,
    finish: async (redirect) => {
      try {
        done(await core.finishSignIn(server, { redirect, account }));
      } catch (thrown) {
        // One that was refused before it was used up can still be finished.
        if ((await findPending(vault, stateOf(addresses.latest()))) !== undefined) throw thrown;
        failed(findMcpassError(thrown) ?? thrown);
      }
      return result;
    },
    cancel: async ({ forget }) => {
      const state = stateOf(addresses.latest());
      controller.abort(new McpassError("cancelled", `The sign-in to ${server} was cancelled; nothing was changed.`));
      await result.catch(() => undefined);
      if (forget && state !== "") await takePending(vault, state).catch(() => undefined);
    },
  };
}

function expired(server: string): McpassError {
  return new McpassError("authorization_expired", `The sign-in to ${server} was not finished in time; nothing was changed.`, { hint: `Begin it again, or run: mcpass auth ${shellWord(server)}`, details: { server } });
}
