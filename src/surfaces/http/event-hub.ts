import type { ServerResponse } from "node:http";

import { Refusal } from "./refusal.ts";

/**
 * What happens, to everybody who listens: `text/event-stream` as browsers read it (WHATWG HTML §9.2). The last events are kept, and whoever comes back with the
 * id of the last one they saw is given what they missed.
 */
export interface EventHub {
  publish(type: string, properties: Readonly<Record<string, unknown>>): void;
  /** Writes to `outgoing` until one side ends it. Throws `too_many_streams`. */
  attach(outgoing: ServerResponse, lastEventId: string | undefined): void;
  readonly listeners: number;
  close(): void;
}

export interface EventHubOptions {
  /** Tells one run of the server from another. */
  readonly run: string;
  readonly heartbeatMs?: number;
  /** How many events are kept. */
  readonly kept?: number;
  readonly mostListeners?: number;
}

interface Frame {
  readonly number: number;
  readonly text: string;
}

/** Bytes that may wait for a listener that does not read. Then it is cut off, and may come back for what it missed. */
const mostUnread = 1024 * 1024;

export function createEventHub({ run, heartbeatMs = 15_000, kept = 1_000, mostListeners = 2_000 }: EventHubOptions): EventHub {
  const listeners = new Set<ServerResponse>();
  const frames: Frame[] = [];
  let last = 0;
  const idOf = (number: number): string => `evt_${run}_${String(number)}`;
  const send = (listener: ServerResponse, text: string): void => {
    if (listener.writableLength > mostUnread) listener.destroy();
    else listener.write(text);
  };
  const heartbeat = setInterval(() => {
    const text = unnumbered(`evt_${run}_heartbeat`, "server.heartbeat", {});
    for (const listener of listeners) send(listener, text);
  }, heartbeatMs);
  heartbeat.unref();
  return {
    publish: (type, properties) => {
      last += 1;
      const text = numbered(idOf(last), type, properties);
      frames.push({ number: last, text });
      if (frames.length > kept) frames.shift();
      for (const listener of listeners) send(listener, text);
    },
    attach: (outgoing, lastEventId) => {
      if (listeners.size >= mostListeners) throw new Refusal(503, "too_many_streams", `${String(mostListeners)} programs listen already.`, { hint: "End one of them, or ask GET /mcp instead.", headers: { "retry-after": "10" } });
      const seen = numberIn(lastEventId, run);
      const missed = missedSince(seen, last, frames);
      outgoing.writeHead(200, streamHeaders);
      // With the place in the stream of who listens, and no new one.
      outgoing.write(`id: ${idOf(seen !== undefined && missed !== undefined ? seen : last)}\n${unnumbered(`evt_${run}_connected`, "server.connected", { resumed: missed !== undefined })}`);
      for (const frame of missed ?? []) outgoing.write(frame.text);
      listeners.add(outgoing);
      outgoing.once("close", () => listeners.delete(outgoing));
    },
    get listeners() {
      return listeners.size;
    },
    close: () => {
      clearInterval(heartbeat);
      for (const listener of listeners) listener.end();
    },
  };
}

const streamHeaders = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "x-accel-buffering": "no" };

/** undefined: it is another run's, or none. */
function numberIn(id: string | undefined, run: string): number | undefined {
  const number = id?.startsWith(`evt_${run}_`) === true ? Number(id.slice(`evt_${run}_`.length)) : Number.NaN;
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** undefined: it cannot be said what was missed. */
function missedSince(seen: number | undefined, last: number, frames: readonly Frame[]): readonly Frame[] | undefined {
  const first = frames[0]?.number ?? last + 1;
  if (seen === undefined || seen > last || seen < first - 1) return undefined;
  return frames.slice(seen - first + 1);
}

function numbered(id: string, type: string, properties: object): string {
  return `id: ${id}\n${unnumbered(id, type, properties)}`;
}

function unnumbered(id: string, type: string, properties: object): string {
  return `data: ${JSON.stringify({ id, type, properties })}\n\n`;
}
