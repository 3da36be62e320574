import { setTimeout as sleep } from "node:timers/promises";

import { isRecord } from "../../connection/json-rpc.ts";
import type { RpcObject } from "./frame.ts";
import { type UnderWay, untimed } from "./requests.ts";
import { objectOf } from "./revision-words.ts";

export interface FinishParts {
  /** A request about this task: its answer, with its result or error. */
  readonly ask: (method: string, params: RpcObject, underWay: UnderWay) => Promise<RpcObject>;
  /** Gets from the host what the server wants to know: its `inputResponses`. */
  readonly provide: (inputRequests: RpcObject) => Promise<RpcObject>;
  readonly underWay: UnderWay;
}

/** How often is asked, in ms, whatever the server says. */
const [least, usual, most] = [50, 1_000, 30_000];

/**
 * Waits for the end of a task of 2026-07-28 for a host that knows none, and gets from it what is wanted meanwhile. Gives the result or the error that the call would have had; where that cannot be, the task is
 * cancelled, and it rejects. A sign of life is what changes of it.
 */
export async function finishTask(task: RpcObject, { ask, provide, underWay }: FinishParts): Promise<RpcObject> {
  const { taskId } = task;
  const answered = new Set<string>();
  try {
    for (let state = task; ; ) {
      const { status, pollIntervalMs, lastUpdatedAt, inputRequests } = state;
      if (status === "completed") return { result: objectOf(state["result"]) };
      if (status === "failed") return { error: isRecord(state["error"]) ? state["error"] : { code: -32_000, message: "The server says that its task failed, and not why." } };
      if (status === "cancelled") return { error: { code: -32_000, message: "The server has cancelled the task of this call." } };
      const open = Object.entries(objectOf(inputRequests)).filter(([key]) => !answered.has(key));
      if (open.length > 0) {
        await ask("tasks/update", { taskId, inputResponses: await provide(Object.fromEntries(open)) }, underWay);
        for (const [key] of open) answered.add(key);
      } else {
        await sleep(Math.min(most, Math.max(least, typeof pollIntervalMs === "number" ? pollIntervalMs : usual)), undefined, { signal: underWay.signal });
      }
      const { result, error } = await ask("tasks/get", { taskId }, underWay);
      if (!isRecord(result)) return { error };
      if (result["lastUpdatedAt"] !== lastUpdatedAt) underWay.restart();
      state = result;
    }
  } catch (thrown) {
    void ask("tasks/cancel", { taskId }, untimed(AbortSignal.timeout(5_000))).catch(() => undefined);
    throw thrown;
  }
}
