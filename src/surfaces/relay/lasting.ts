import { type Frame, makeFrame, paramsOf } from "./frame.ts";

/** What a session remembers for its host, and a new one would not: log level and subscriptions, as requests to be made again. */
export interface Lasting {
  keep(frame: Frame): void;
  requests(): readonly Frame[];
}

export function createLasting(): Lasting {
  const kept = new Map<string, Frame>();
  return {
    keep: (frame) => {
      if (frame.method === "logging/setLevel") kept.set(frame.method, again(frame));
      if (frame.method === "resources/subscribe") kept.set(uriOf(frame), again(frame));
      if (frame.method === "resources/unsubscribe") kept.delete(uriOf(frame));
    },
    requests: () => [...kept.values()],
  };
}

function again(frame: Frame): Frame {
  return makeFrame({ ...frame.message(), id: `mcpass-again-${String(frame.id)}` });
}

function uriOf(frame: Frame): string {
  return `uri ${String(paramsOf(frame)["uri"])}`;
}
