import { McpassError } from "../../base/errors.ts";
import { type Frame, makeFrame, type RpcId, type RpcObject } from "./frame.ts";

/** The program that the relay speaks with: what is sent to it, and what it is asked. */
export interface Host {
  /** Settles when there is room for more. `regarding`: the host's request, still without its answer, that this belongs to. */
  send(frame: Frame, regarding?: RpcId): Promise<void>;
  tell(message: RpcObject, regarding?: RpcId): Promise<void>;
  /** A request of the relay's own, or one that it passes on for a server that cannot ask; the answer, with its result or error. Rejects with the signal's reason. */
  ask(method: string, params: RpcObject, signal: AbortSignal, regarding?: RpcId): Promise<RpcObject>;
  /** True when it answers something that `ask` asked. */
  take(frame: Frame): boolean;
}

/** A host that is reached by `send`, however that is. */
export function createHost(send: Host["send"]): Host {
  const asked = new Map<RpcId, (answer: RpcObject) => void>();
  let count = 0;
  const tell: Host["tell"] = (message, regarding) => send(makeFrame({ jsonrpc: "2.0", ...message }), regarding);
  return {
    send,
    tell,
    ask: (method, params, signal, regarding) =>
      new Promise((resolve, reject) => {
        count += 1;
        const id = `mcpass-${String(count)}`;
        const leave = (): void => {
          asked.delete(id);
          void tell({ method: "notifications/cancelled", params: { requestId: id, reason: "It is no longer needed." } }, regarding);
          reject(signal.reason instanceof McpassError ? signal.reason : new McpassError("cancelled", "Cancelled.", { cause: signal.reason }));
        };
        if (signal.aborted) return leave();
        signal.addEventListener("abort", leave, { once: true });
        asked.set(id, (answer) => {
          signal.removeEventListener("abort", leave);
          resolve(answer);
        });
        void tell({ id, method, params }, regarding);
      }),
    take: (frame) => {
      const resolve = frame.id === undefined ? undefined : asked.get(frame.id);
      if (frame.id !== undefined) asked.delete(frame.id);
      resolve?.(frame.message());
      return resolve !== undefined;
    },
  };
}
