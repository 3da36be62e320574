import type { Writable } from "node:stream";

import { McpassError } from "../../base/errors.ts";
import { type Frame, makeFrame, type RpcId, type RpcObject } from "./frame.ts";

/** The program that started the bridge: what is written to it, and what it is asked. */
export interface Host {
  /** Settles when there is room for more. Nothing else is ever written to standard output. */
  send(frame: Pick<Frame, "text">): Promise<void>;
  tell(message: RpcObject): Promise<void>;
  /** A request of the bridge's own, or one that it passes on for a server that cannot ask; the answer, with its result or error. Rejects with the signal's reason. */
  ask(method: string, params: RpcObject, signal: AbortSignal): Promise<RpcObject>;
  /** True when it answers something that `ask` asked. */
  take(frame: Frame): boolean;
}

export function createHost(output: Writable): Host {
  const asked = new Map<RpcId, (answer: RpcObject) => void>();
  let count = 0;
  let drained: Promise<void> | undefined;
  const send = (frame: Pick<Frame, "text">): Promise<void> => {
    const { text } = frame;
    // One write of a small message costs less than two; of a large one no other copy is made.
    const room = text.length < 64 * 1024 ? output.write(`${text}\n`) : (output.write(text), output.write("\n"));
    if (!room) drained ??= new Promise<void>((resolve) => output.once("drain", resolve)).then(() => void (drained = undefined));
    return drained ?? Promise.resolve();
  };
  const tell = (message: RpcObject): Promise<void> => send(makeFrame({ jsonrpc: "2.0", ...message }));
  return {
    send,
    tell,
    ask: (method, params, signal) =>
      new Promise((resolve, reject) => {
        count += 1;
        const id = `mcpass-${String(count)}`;
        const leave = (): void => {
          asked.delete(id);
          void tell({ method: "notifications/cancelled", params: { requestId: id, reason: "It is no longer needed." } });
          reject(signal.reason instanceof McpassError ? signal.reason : new McpassError("cancelled", "Cancelled.", { cause: signal.reason }));
        };
        if (signal.aborted) return leave();
        signal.addEventListener("abort", leave, { once: true });
        asked.set(id, (answer) => {
          signal.removeEventListener("abort", leave);
          resolve(answer);
        });
        void tell({ id, method, params });
      }),
    take: (frame) => {
      const resolve = frame.id === undefined ? undefined : asked.get(frame.id);
      if (frame.id !== undefined) asked.delete(frame.id);
      resolve?.(frame.message());
      return resolve !== undefined;
    },
  };
}
