import { expect, test } from "vitest";

import { createNodeRuntime } from "../../src/surfaces/node/node-runtime.ts";
import type { ResourceServerToggles } from "../servers/resource-server.ts";
import { openSigned, refusal, send } from "./world.ts";

const hourMs = 3_600_000;

/** Does `work` when the server is asked for the nth time, before it answers. */
function atRequest(server: { toggles: { validate: ResourceServerToggles["validate"] } }, work: readonly (() => Promise<void> | void)[]): void {
  const { validate } = server.toggles;
  let asked = 0;
  server.toggles.validate = async (token) => {
    await work[asked++]?.();
    return validate(token);
  };
}

test("a token that ended on its way is replaced, and so is its successor when that ends on its way too (F02)", async () => {
  const { world, issuer, server, access } = await openSigned();
  const end = (): void => {
    world.clock.aheadMs += hourMs;
    issuer.expireTokens();
  };
  atRequest(server, [end, end]);
  expect((await send(access, server.url)).status).toBe(200);
  expect([world.ledger.count({ path: "/token" }), world.ledger.count({ path: "/mcp" })]).toEqual([2, 3]);
});

test("tokens that all end on their way are not replaced for ever, and nobody is asked to sign in for that (F01, F02)", async () => {
  const { world, issuer, server, access } = await openSigned();
  const end = (): void => {
    world.clock.aheadMs += hourMs;
    issuer.expireTokens();
  };
  atRequest(server, Array.from({ length: 6 }, () => end));
  expect(await refusal(send(access, server.url))).toMatchObject({ code: "renewal_failed", message: expect.stringContaining("6 access tokens of example ran out"), hint: expect.stringContaining("Try again") });
  expect(world.ledger.count({ path: "/mcp" })).toBe(6);
  expect((await send(access, server.url)).status).toBe(200);
});

test("a token that was replaced by another process while it was refused, and that one has ended too, is renewed at once (F02)", async () => {
  const { world, issuer, server, entry, access } = await openSigned();
  const late = async (): Promise<void> => {
    issuer.expireTokens();
    world.clock.aheadMs += hourMs;
    expect((await send(world.access(entry), server.url)).status).toBe(200);
    issuer.expireTokens();
    world.clock.aheadMs += hourMs;
  };
  atRequest(server, [late]);
  expect((await send(access, server.url)).status).toBe(200);
  expect([world.ledger.count({ path: "/token" }), world.ledger.find({ path: "/mcp" }).map(({ status }) => status)]).toEqual([2, [401, 200, 200]]);
});

test("a renewed token that another process renews again, at an issuer where that ends it, gives way to the newer one (F01)", async () => {
  const { world, issuer, server, entry, access } = await openSigned();
  const overtaken = async (): Promise<void> => {
    issuer.expireTokens();
    expect((await send(world.access(entry), server.url)).status).toBe(200);
  };
  atRequest(server, [() => issuer.expireTokens(), overtaken]);
  expect((await send(access, server.url)).status).toBe(200);
  expect(world.ledger.count({ path: "/token" })).toBe(2);
});

test("the life of a token is counted from its request: one whose answer waited for a machine that slept is known to have ended (F02)", async () => {
  const { world, issuer, server, entry } = await openSigned();
  const { fetch } = createNodeRuntime({ environment: {}, workingDirectory: world.home });
  let slept = false;
  const sleepy: typeof fetch = async (url, init) => {
    const answer = await fetch(url, init);
    if (!slept && url.endsWith("/token")) {
      slept = true;
      issuer.expireTokens();
      world.clock.aheadMs += 2 * hourMs;
    }
    return answer;
  };
  issuer.expireTokens();
  expect((await send(world.access(entry, { runtime: { fetch: sleepy } }), server.url)).status).toBe(200);
  expect([world.ledger.count({ path: "/token" }), world.ledger.find({ path: "/mcp" }).map(({ status }) => status)]).toEqual([2, [401, 401, 200]]);
});
