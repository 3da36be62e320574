import { once } from "node:events";
import { chmod, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";

import { type Callback, type CallbackTable, digestOf, type Expectation } from "./callback-table.ts";

/*
 * Between the process that holds a callback port and those that wait for redirects to it: lines of JSON over a socket that only their user can reach.
 *   holder → guest  {type: "hello", version}   {type: "callback", digest, query}   {type: "over"}
 *   guest → holder  {type: "expect", digest, path, host, server, expiresAt}   {type: "outcome", digest, code?}
 * What the browser is shown is the outcome that the guest had.
 */

const version = 1;
const longestLine = 65_536;
/** For the holder's greeting: one that is suspended holds the port and serves nobody. */
const greetingMs = 1_000;
/** For guests that were given their redirect, when the holder is about to end. */
const farewellMs = 5_000;

/** The holder's end. */
export interface PortShare {
  /** Settles when no guest has a page open any more, within five seconds at the most. */
  settle(): Promise<void>;
  /** The socket is gone when this returns, and guests look for the next holder; what comes for them until `close` still reaches them. */
  retire(): void;
  /** Guests are let go at once. */
  close(): void;
}

/** A guest's end. */
export interface PortGuest {
  expect(digest: string, expectation: Expectation): void;
  /** Resolves when the holder gives the port up or is gone, or after `leave`. */
  readonly over: Promise<void>;
  leave(): void;
}

/** The caller holds the port, so a socket that is left there is a dead holder's. Rejects where no socket can be made. */
export async function servePort(path: string, table: CallbackTable): Promise<PortShare> {
  const guests = new Set<Socket>();
  const open = new Map<Callback, { readonly settled: Promise<void>; readonly settle: () => void }>();
  const server = createServer((socket) => {
    guests.add(socket);
    socket.once("close", () => guests.delete(socket));
    welcome(socket, table, open);
  });
  if (process.platform !== "win32") await rm(path, { force: true });
  await listen(server, path);
  if (process.platform !== "win32") await chmod(path, 0o600);
  return {
    async settle() {
      const late = new AbortController();
      const farewell = setTimeout(() => late.abort(), farewellMs).unref();
      // One more may come while another is waited for.
      while (open.size > 0 && !late.signal.aborted) await Promise.race([once(late.signal, "abort"), Promise.all([...open.values()].map(({ settled }) => settled))]);
      clearTimeout(farewell);
      for (const callback of open.keys()) callback.finish({ unknown: true });
    },
    retire() {
      server.close();
      for (const guest of guests) send(guest, { type: "over" });
    },
    close() {
      for (const guest of guests) guest.destroy();
    },
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => server.once("error", reject).listen(path, () => (server.off("error", reject).on("error", () => undefined), resolve())));
}

function welcome(socket: Socket, table: CallbackTable, open: Map<Callback, { readonly settled: Promise<void>; readonly settle: () => void }>): void {
  const given = new Map<string, Callback>();
  const goodbyes: (() => void)[] = [];
  const finish = (digest: string, code: string | undefined): void => {
    const callback = given.get(digest);
    if (callback === undefined) return;
    given.delete(digest);
    callback.finish({ code });
    open.get(callback)?.settle();
    open.delete(callback);
  };
  const deliver = (digest: string, callback: Callback): void => {
    given.set(digest, callback);
    let settle = (): void => undefined;
    const settled = new Promise<void>((resolve) => (settle = resolve));
    open.set(callback, { settled, settle });
    send(socket, { type: "callback", digest, query: callback.parameters.toString() });
  };
  receive(socket, ({ type, digest, path, host, server, expiresAt, code }) => {
    if (typeof digest !== "string") return;
    if (type === "outcome") return finish(digest, typeof code === "string" ? code.slice(0, 100) : undefined);
    if (type !== "expect" || typeof path !== "string" || typeof host !== "string" || typeof server !== "string" || typeof expiresAt !== "number") return;
    const party = { path, host };
    goodbyes.push(table.admit(party));
    table.expect(digest, { party, server, expiresAt, deliver: (callback) => deliver(digest, callback) });
  });
  socket.once("close", () => {
    for (const goodbye of goodbyes) goodbye();
    for (const digest of given.keys()) finish(digest, "cancelled");
  });
  send(socket, { type: "hello", version });
}

/** Who holds the port, if that is one of us and answers; undefined otherwise. Never fails. */
export function joinPort(path: string): Promise<PortGuest | undefined> {
  return new Promise((resolve) => {
    const expected = new Map<string, Expectation>();
    const socket = connect(path);
    let end = (): void => undefined;
    const over = new Promise<void>((ended) => socket.once("close", (end = ended)));
    const timer = setTimeout(() => socket.destroy(), greetingMs);
    void over.then(() => (clearTimeout(timer), resolve(undefined)));
    const expect: PortGuest["expect"] = (digest, expectation) => {
      expected.set(digest, expectation);
      const { party, server, expiresAt } = expectation;
      send(socket, { type: "expect", digest, ...party, server, expiresAt });
    };
    receive(socket, ({ type, version: spoken, digest, query }) => {
      if (type === "hello" && spoken === version) {
        clearTimeout(timer);
        return resolve({ expect, over, leave: () => void socket.end(() => socket.destroy()) });
      }
      if (type === "over") return end();
      if (type !== "callback" || typeof digest !== "string" || typeof query !== "string") return;
      const parameters = new URLSearchParams(query);
      const expectation = expected.get(digest);
      if (expectation === undefined || digestOf(parameters.get("state") ?? "") !== digest) return;
      expected.delete(digest);
      expectation.deliver({ parameters, finish: ({ code }) => send(socket, { type: "outcome", digest, code }) });
    });
  });
}

function send(socket: Socket, message: object): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

/** Who sends what is no message is not listened to any longer. */
function receive(socket: Socket, onMessage: (message: Readonly<Record<string, unknown>>) => void): void {
  let rest = "";
  socket.on("error", () => undefined);
  socket.setEncoding("utf8").on("data", (text: string) => {
    const lines = `${rest}${text}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const message = parse(line);
      if (message === undefined) return void socket.destroy();
      onMessage(message);
    }
    if (rest.length > longestLine) socket.destroy();
  });
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const message: unknown = JSON.parse(line);
    return typeof message === "object" && message !== null ? (message as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
