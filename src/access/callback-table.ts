import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

import { sendPage } from "./callback-page.ts";
import { createEarlyRedirects } from "./early-redirects.ts";

/** One redirect, delivered by its `state`. The browser waits until `finish` says how it ended. C05 */
export interface Callback {
  readonly parameters: URLSearchParams;
  finish(outcome: CallbackOutcome): void;
}

/** `code` of the error, where it failed; `unknown`: whoever finishes it no longer says how. */
export interface CallbackOutcome {
  readonly code?: string | undefined;
  readonly unknown?: true | undefined;
}

/** One of those who share a port: this process's own listener, or another process. */
export interface CallbackParty {
  readonly path: string;
  /** `host:port` of its redirect URI; loopback names are answered for everybody. */
  readonly host: string;
}

export interface Expectation {
  readonly party: CallbackParty;
  readonly server: string;
  readonly expiresAt: number;
  readonly deliver: (callback: Callback) => void;
}

/** Who waits for which redirect on one port. Each is delivered once; anything else is answered and changes nothing. C06 */
export interface CallbackTable {
  /** From now on its path is answered; until the returned function is called, which also forgets what it expects. */
  admit(party: CallbackParty): () => void;
  /** By the digest of its `state`. */
  expect(digest: string, expectation: Expectation): void;
  forget(digest: string): void;
  /** The port has changed hands: for this many milliseconds a redirect that nobody expects yet is kept until somebody does. Once at a time. */
  gather(forMs: number): void;
  /** Settles when nothing is kept any more. */
  gathered(): Promise<void>;
  answer(request: IncomingMessage, response: ServerResponse): void;
}

/** What a `state` is called between processes: who asks to be given a redirect need not say which it is. */
export function digestOf(state: string): string {
  return createHash("sha256").update(state).digest("hex");
}

export function createCallbackTable(now: () => number): CallbackTable {
  const parties = new Set<CallbackParty>();
  const expected = new Map<string, Expectation>();
  const early = createEarlyRedirects();
  const answerRedirect = ({ pathname, searchParams }: URL, digest: string, request: IncomingMessage, response: ServerResponse): void => {
    const present = [...parties].filter((party) => party.path === pathname && isFor(party, request));
    if (present.length === 0) return sendPage(response, "not-found");
    const expectation = expected.get(digest);
    if (expectation === undefined || !present.includes(expectation.party)) return sendPage(response, "unknown");
    const { server } = expectation;
    if (expectation.expiresAt <= now()) return sendPage(response, "expired", { server });
    expected.delete(digest);
    expectation.deliver({ parameters: searchParams, finish: (outcome) => sendOutcome(response, server, outcome) });
  };
  return {
    admit(party) {
      parties.add(party);
      return () => {
        parties.delete(party);
        for (const [digest, expectation] of expected) if (expectation.party === party) expected.delete(digest);
      };
    },
    expect(digest, expectation) {
      expected.set(digest, expectation);
      early.claim(digest);
    },
    forget: (digest) => void expected.delete(digest),
    gather: early.gather,
    gathered: early.gathered,
    answer(request, response) {
      request.resume();
      const url = URL.canParse(request.url ?? "", "http://callback.invalid") ? new URL(request.url ?? "", "http://callback.invalid") : undefined;
      if (url === undefined || request.method !== "GET") return sendPage(response, "not-found");
      const states = url.searchParams.getAll("state");
      const digest = digestOf(states.length === 1 ? (states[0] ?? "") : "");
      const answer = (): void => answerRedirect(url, digest, request, response);
      if (states.length !== 1 || expected.has(digest) || !early.keep(digest, answer)) answer();
    },
  };
}

/** A page elsewhere whose name was made to resolve to this machine (DNS rebinding) comes with its own Host. */
function isFor(party: CallbackParty, { headers, socket }: IncomingMessage): boolean {
  const host = (headers.host ?? "").toLowerCase();
  return host === party.host || ["127.0.0.1", "localhost", "[::1]"].some((name) => host === `${name}:${String(socket.localPort)}`);
}

function sendOutcome(response: ServerResponse, server: string, { code, unknown }: CallbackOutcome): void {
  if (response.headersSent) return;
  if (code !== undefined) return sendPage(response, "failed", { server, code });
  sendPage(response, unknown === true ? "unsettled" : "signed-in", { server });
}
