import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";

import type { McpassError } from "../../src/base/errors.ts";
import { waitUntil } from "../rig/wait.ts";
import { openSigned, openWorld, refusal, remote, type Signed } from "./world.ts";

const hang = { reply: { status: 0, hang: true } } as const;

interface Stage {
  readonly stage: string;
  /** Makes the stage last. */
  readonly arrange: (signed: Signed) => Promise<unknown> | unknown;
  /** The last request before the person gives up, as the ledger shows it. */
  readonly reached: string;
}

const stages: readonly Stage[] = [
  { stage: "the probe", arrange: ({ server }) => (server.toggles.endpointAnswer = hang), reached: "resource POST /mcp initialize" },
  { stage: "the resource metadata", arrange: ({ server }) => (server.toggles.metadata = { inserted: "hang" }), reached: "resource GET /.well-known/oauth-protected-resource/mcp" },
  { stage: "the issuer's metadata", arrange: ({ issuer }) => (issuer.toggles.wellKnown.insert8414 = "hang"), reached: "issuer GET /.well-known/oauth-authorization-server" },
  {
    stage: "the registration",
    arrange: async ({ world, issuer }) => {
      const slow = await world.bystander("registrar", () => hang.reply);
      issuer.toggles.metadata = { registration_endpoint: `${slow.origin}/register` };
    },
    reached: "registrar POST /register",
  },
  {
    stage: "the pause that a busy registration asks for",
    arrange: ({ issuer }) => Object.assign(issuer.toggles, { registration: "busy", retryAfterSeconds: 9 }),
    reached: "issuer POST /register → 429",
  },
  { stage: "the person", arrange: ({ issuer }) => (issuer.toggles.approval = "page"), reached: "issuer GET /authorize → 200" },
  { stage: "the token", arrange: ({ issuer }) => (issuer.toggles.codeAnswer = { slowMs: 20_000 }), reached: "issuer POST /token authorization_code" },
];

test.each(stages)("giving up while waiting for $stage ends at once: the port is free, no grant is stored (A09)", async ({ arrange, reached }) => {
  const signed = await openSigned({ signIn: false });
  const { world, entry, access } = signed;
  await arrange(signed);
  const givingUp = new AbortController();
  const outcome = refusal(access.signIn(world.person({ signal: givingUp.signal })));
  await waitUntil(() => world.ledger.sequence().some((line) => line.startsWith(reached)), reached);
  await sleep(30);
  const at = performance.now();
  givingUp.abort();
  expect((await outcome).code).toBe("cancelled");
  expect(performance.now() - at).toBeLessThan(10_000);
  expect(await isFree(portOf(signed))).toBe(true);
  expect(await world.storedGrant(entry)).toBeUndefined();
  const begun = world.events.some(({ type }) => type === "authorization.begun");
  expect(world.events.filter(({ type }) => type === "authorization.ended")).toEqual(begun ? [expect.objectContaining({ outcome: "cancelled" })] : []);
});

test("a sign-in that was given up before it began sends nothing (A09)", async () => {
  const { world, access } = await openSigned({ signIn: false });
  expect((await refusal(access.signIn(world.person({ signal: AbortSignal.abort() })))).code).toBe("cancelled");
  expect(world.ledger.entries).toEqual([]);
});

test("after giving up, the next sign-in goes through on the same port with the same client (R04)", async () => {
  const signed = await openSigned({ signIn: false });
  const { world, issuer, access } = signed;
  issuer.toggles.approval = "page";
  const givingUp = new AbortController();
  const outcome = refusal(access.signIn(world.person({ signal: givingUp.signal })));
  await waitUntil(() => world.ledger.count({ path: "/authorize" }) === 1, "the browser");
  givingUp.abort();
  await outcome;
  issuer.toggles.approval = "auto";
  expect((await access.signIn(world.person())).kind).toBe("signed-in");
  expect(world.ledger.count({ path: "/register" })).toBe(1);
});

test("a surface that fails while showing the URL ends the sign-in, and leaves neither a listener nor a timer (A09)", async () => {
  const signed = await openSigned({ signIn: false });
  const { world, access } = signed;
  const timers = timersNow();
  const error = await refusal(access.signIn(world.person({ timeoutMs: 60_000, onAuthorization: () => Promise.reject(new Error("the screen is gone")) })));
  expect(error.code).toBe("internal");
  expect(await isFree(portOf(signed))).toBe(true);
  expect([world.opened, await world.storedGrant(signed.entry)]).toEqual([[], undefined]);
  expect(world.events.at(-1)).toMatchObject({ type: "authorization.ended", outcome: "refused" });
  expect(timersNow()).toBeLessThanOrEqual(timers);
});

test("the person's deadline is its own: it ends the wait, says so, and leaves nothing (A09)", async () => {
  const signed = await openSigned({ signIn: false, issuer: { approval: "page" } });
  const { world, access, entry } = signed;
  const error = await refusal(access.signIn(world.person({ timeoutMs: 300 })));
  expect(error).toMatchObject({ code: "authorization_expired", hint: expect.stringContaining("mcpass auth example") });
  expect(await isFree(portOf(signed))).toBe(true);
  expect(await world.storedGrant(entry)).toBeUndefined();
  expect(world.events.at(-1)).toMatchObject({ type: "authorization.ended", outcome: "expired" });
});

test("the entry's deadline holds where none is given, and ten minutes where neither is (A09)", async () => {
  const { world, access, entry } = await openSigned({ signIn: false, oauth: { callbackTimeoutMs: 250 }, issuer: { approval: "page" } });
  expect((await refusal(access.signIn(world.person({ timeoutMs: undefined })))).code).toBe("authorization_expired");
  const person = world.person({ timeoutMs: undefined });
  const givingUp = new AbortController();
  const plain = world.access({ ...entry, oauth: {} });
  const at = Date.now();
  const outcome = refusal(plain.signIn({ ...person, signal: givingUp.signal }));
  const notice = await waitUntil(() => person.notices[0], "the notice");
  givingUp.abort();
  await outcome;
  expect(Math.round((notice.expiresAt - at) / 60_000)).toBe(10);
});

test("network deadlines are not the person's: one that waits long signs in, a server that hangs is timed out (A09)", async () => {
  const { world, entry, server } = await openSigned({ signIn: false });
  const hurried = { ...entry, timeout: { connectMs: 300, requestMs: 300 } };
  expect((await world.access(hurried, { browser: world.browser({ delayMs: 800 }) }).signIn(world.person())).kind).toBe("signed-in");
  server.toggles.hang = true;
  const error: McpassError = await refusal(world.access(hurried, { account: "work" }).signIn(world.person()));
  expect(error).toMatchObject({ code: "timed_out", details: { leg: "server", url: server.url } });
});

test("a server that cannot be reached is an error with leg, URL and cause (A09)", async () => {
  const world = await openWorld();
  const server = await world.resource();
  await server.refuse();
  const error = await refusal(world.access(remote(server.url)).signIn(world.person()));
  expect(error).toMatchObject({ code: "unreachable", details: { leg: "server", url: server.url }, message: expect.stringContaining("ECONNREFUSED") });
});

function portOf({ entry }: Signed): number {
  return typeof entry.oauth === "object" ? (entry.oauth.callbackPort ?? 0) : 0;
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** Timers that hold the process. */
function timersNow(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
}
