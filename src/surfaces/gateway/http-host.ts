import { type Frame, type RpcId } from "../relay/frame.ts";
import { createHost, type Host } from "../relay/host.ts";
import type { EventStream } from "./event-stream.ts";
import type { Exchange } from "./exchange.ts";

/** A host that is reached through the answers to what it has sent, and through a stream that it may keep open. */
export interface HttpHost {
  readonly host: Host;
  /** What becomes of its requests, by their ids, until they are answered. */
  readonly exchanges: Map<RpcId, Exchange>;
}

/** `unasked`: where that goes which belongs to no request; undefined: such a host hears only of what it asked for. `toHost`: the last look at what belongs to a request. */
export function createHttpHost(unasked: EventStream | undefined, toHost: (frame: Frame, id: RpcId) => Frame = (frame) => frame): HttpHost {
  const exchanges = new Map<RpcId, Exchange>();
  const send: Host["send"] = (frame, regarding) => {
    if (frame.kind !== "response") {
      const exchange = regarding === undefined ? undefined : exchanges.get(regarding);
      if (exchange !== undefined && regarding !== undefined) return exchange.send(toHost(frame, regarding));
      return unasked?.write(frame.text) ?? Promise.resolve();
    }
    const exchange = frame.id === undefined ? undefined : exchanges.get(frame.id);
    if (exchange === undefined || frame.id === undefined) return Promise.resolve();
    exchanges.delete(frame.id);
    return exchange.answer(frame.id, toHost(frame, frame.id));
  };
  return { host: createHost(send), exchanges };
}
