import type { IncomingMessage, ServerResponse } from "node:http";

import { isModern } from "../relay/revision-words.ts";
import { modernRevision } from "../../connection/protocol-words.ts";
import type { Endpoint, FindEndpoint } from "./endpoint.ts";
import { refuse, Refused } from "./http-answers.ts";
import { type Asked, type Caller, LegacySessions, type SessionLimits } from "./legacy-sessions.ts";
import { type HostLimits, ModernHosts } from "./modern-hosts.ts";
import { readPost } from "./read-post.ts";

export interface GatewayOptions {
  readonly find: FindEndpoint;
  readonly now: () => number;
  /** Those of these callers that may still come in: what one has open that may not is ended within seconds. */
  readonly stillKnown: (callers: ReadonlySet<Caller>) => ReadonlySet<Caller>;
  /** Hears of what nobody foresaw. */
  readonly onInternal: (thrown: unknown) => void;
  readonly limits?: Partial<SessionLimits & HostLimits> | undefined;
}

/** MCP over Streamable HTTP, for hosts of every revision, in front of what `find` finds. */
export interface Gateway {
  /** A request for `/gateway` or below it, which the guard has let in. Never throws. */
  handle(incoming: IncomingMessage, outgoing: ServerResponse, caller: Caller): void;
  close(): Promise<void>;
}

const usualLimits = { mostSessions: 1_000, mostHosts: 200, idleMs: 30 * 60_000, mostKept: 8 * 1024 * 1024 } as const;
const beatMs = 15_000;
const sweepMs = 2_000;

export function createGateway(options: GatewayOptions): Gateway {
  const limits = { ...usualLimits, ...options.limits };
  const legacy = new LegacySessions(limits, options.now);
  const modern = new ModernHosts(limits, options.now);
  const beating = setInterval(() => [legacy, modern].forEach((each) => each.beat()), beatMs).unref();
  const sweeping = setInterval(() => {
    const callers = new Set([...legacy.callers(), ...modern.callers()]);
    const known = callers.size === 0 ? callers : options.stillKnown(callers);
    for (const each of [legacy, modern]) each.sweep(known);
  }, Math.min(sweepMs, limits.idleMs)).unref();
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse, caller: Caller): Promise<void> => {
    const asked: Asked = { incoming, outgoing, caller, endpoint: endpointOf(incoming, options.find) };
    const inSession = incoming.headers["mcp-session-id"] !== undefined;
    if (incoming.method === "POST") {
      const frames = await readPost(incoming);
      const [first] = frames;
      // What calls itself a request of 2026-07-28 is one, with whatever a client still carries of before.
      const isNew = incoming.headers["mcp-protocol-version"] === modernRevision || (!inSession && first !== undefined && isModern(first));
      if (!isNew || first === undefined) return legacy.post(frames, asked);
      if (frames.length > 1) throw new Refused(400, -32_600, `${modernRevision} knows no batches: each message is a request of its own.`);
      return modern.post(first, asked);
    }
    if (incoming.method === "GET" && inSession) return legacy.listen(asked);
    if (incoming.method === "DELETE" && inSession) return legacy.end(asked);
    const [ways, allow] = inSession ? ["In a session there are GET, POST and DELETE.", "GET, POST, DELETE"] : ["Without a session (Mcp-Session-Id) there is only POST.", "POST"];
    throw new Refused(405, -32_000, ways, { headers: { allow } });
  };
  return {
    handle: (incoming, outgoing, caller) => {
      outgoing.on("error", () => undefined);
      void serve(incoming, outgoing, caller).catch((thrown: unknown) => {
        if (outgoing.destroyed) return;
        if (!(thrown instanceof Refused)) options.onInternal(thrown);
        refuse(outgoing, thrown instanceof Refused ? thrown : new Refused(500, -32_603, "mcpass failed to pass this on."));
      });
    },
    close: async () => {
      clearInterval(beating);
      clearInterval(sweeping);
      await Promise.all([legacy.close(), modern.close()]);
    },
  };
}

function endpointOf({ url = "" }: IncomingMessage, find: FindEndpoint): Endpoint {
  const [, written = "", more] = /^\/gateway(?:\/([^/?#]*)([^?#]+)?)?(?:[?#]|$)/.exec(url) ?? [];
  const name = decode(written);
  if (name === undefined || more !== undefined) throw new Refused(404, -32_000, "There is nothing here: /gateway is all servers as one, /gateway/NAME is one of them.");
  return find(name);
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
