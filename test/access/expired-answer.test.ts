import { expect, test } from "vitest";

import { callTool, openSigned, send } from "./world.ts";

const page = { status: 200, headers: { "content-type": "text/html" }, body: "<title>Sign in</title>" };

test.each([400, 403, 500, "login-redirect"] as const)("a token that ended on the way and is answered with %s is renewed once and the message sent once more (X08)", async (refusedToken) => {
  const { world, server, access } = await openSigned({ server: { refusedToken } });
  const { validate } = server.toggles;
  let refusals = 0;
  server.toggles.validate = (token) => {
    if (refusals++ > 0) return validate(token);
    world.clock.aheadMs = 3_601_000;
    return { ok: false, reason: "expired" };
  };
  expect(await send(access, server.url)).toMatchObject({ status: 200, text: expect.stringContaining("add_numbers") });
  expect([world.ledger.count({ path: "/token" }), world.ledger.count({ path: "/mcp" })]).toEqual([1, 2]);
});

test.each([400, 403, "login-redirect"] as const)("a token of unknown age that is answered with %s in words about tokens is renewed once (X08)", async (refusedToken) => {
  const { world, issuer, server, access } = await openSigned({ issuer: { codeAnswer: "no-expiry", refreshAnswer: "no-expiry" }, server: { refusedToken } });
  issuer.expireTokens();
  expect(await send(access, server.url)).toMatchObject({ status: 200, text: expect.stringContaining("add_numbers") });
  expect([world.ledger.count({ path: "/token" }), world.ledger.count({ path: "/mcp" })]).toEqual([1, 2]);
});

test("a renewed token that is refused again in the same way is not renewed again (X08)", async () => {
  const { world, server, access } = await openSigned({ issuer: { codeAnswer: "no-expiry", refreshAnswer: "no-expiry" }, server: { refusedToken: 403, acceptsTokens: false } });
  expect((await send(access, server.url)).status).toBe(403);
  expect([world.ledger.count({ path: "/token" }), world.ledger.count({ path: "/mcp" })]).toEqual([1, 2]);
});

test("a token of unknown age and an answer that says nothing of tokens: it passes through whole, nothing is renewed (X08)", async () => {
  const { world, server, access } = await openSigned({ issuer: { codeAnswer: "no-expiry" }, server: { refusedToken: 500, acceptsTokens: false } });
  expect(await send(access, server.url)).toEqual({ status: 500, text: '{"message":"Internal Server Error"}' });
  expect(world.ledger.count({ path: "/token" })).toBe(0);
});

test("an answer that was looked into for words about tokens is handed on whole, however long (X08)", async () => {
  const { server, access } = await openSigned({ issuer: { codeAnswer: "no-expiry" } });
  const body = "a long story. ".repeat(20_000);
  server.toggles.endpointAnswer = { reply: { status: 500, body } };
  expect(await send(access, server.url)).toEqual({ status: 500, text: body });
});

test.each([400, 403, 500] as const)("a fresh token that is answered with %s is not renewed, and the answer passes through whole (X08)", async (refusedToken) => {
  const { world, server, access } = await openSigned({ server: { refusedToken, acceptsTokens: false } });
  const answer = await send(access, server.url);
  expect(answer.status).toBe(refusedToken);
  expect(answer.text).not.toBe("");
  expect([world.ledger.count({ path: "/token" }), world.ledger.count({ path: "/mcp" })]).toEqual([0, 1]);
});

test("a tool call is not repeated after a 500, although the token is renewed for the next message (X08)", async () => {
  const { world, server, access } = await openSigned({ server: { refusedToken: 500 } });
  const { validate } = server.toggles;
  let refusals = 0;
  server.toggles.validate = (token) => {
    if (refusals++ > 0) return validate(token);
    world.clock.aheadMs = 3_601_000;
    return { ok: false, reason: "expired" };
  };
  expect((await callTool(access, server.url, "whoami")).status).toBe(500);
  expect(world.ledger.count({ word: "tools/call" })).toBe(1);
  expect((await callTool(access, server.url, "whoami")).status).toBe(200);
  expect(world.ledger.count({ path: "/token" })).toBe(1);
});

test("a tool call that is answered with a page when its token's time is over is not repeated: it may have been done (X08)", async () => {
  for (const method of ["tools/call", "tools\\/call"]) {
    const { world, server, access } = await openSigned();
    let done = 0;
    server.toggles.takes = () => {
      done += 1;
      world.clock.aheadMs = 3_601_000;
      return done === 1 ? page : undefined;
    };
    const body = `{"jsonrpc":"2.0","id":1,"method":"${method}","params":{"name":"whoami","arguments":{}}}`;
    const { status, headers } = await access.fetch(server.url, { method: "POST", headers: { "content-type": "application/json", accept: "application/json, text/event-stream" }, body });
    expect([method, status, headers.get("content-type"), done]).toEqual([method, 200, "text/html", 1]);
    expect((await callTool(access, server.url, "whoami")).text).toContain('"content"');
    expect([world.ledger.count({ path: "/token" }), done]).toEqual([1, 2]);
  }
});

test("a tool call that is sent away to a login page is not repeated, a list is (X08)", async () => {
  for (const [method, times] of [["tools/call", 1], ["tools/list", 2]] as const) {
    const { world, server, access } = await openSigned();
    let done = 0;
    server.toggles.takes = () => {
      done += 1;
      world.clock.aheadMs = 3_601_000;
      return done === 1 ? { status: 303, headers: { location: `${server.origin}/login` } } : undefined;
    };
    expect((await send(access, server.url, method, { name: "whoami", arguments: {} })).status).toBe(times === 1 ? 303 : 200);
    expect([method, done, world.ledger.count({ path: "/token" })]).toEqual([method, times, 1]);
  }
});

test("every answer that is none of these passes through as it is (X08)", async () => {
  const { world, server, access } = await openSigned();
  for (const reply of [{ status: 404, body: "no" }, { status: 405 }, { status: 500, body: "broken" }, page]) {
    server.toggles.endpointAnswer = { reply };
    expect(await send(access, server.url)).toEqual({ status: reply.status, text: reply.body ?? "" });
  }
  expect(world.ledger.count({ party: "issuer" })).toBe(0);
});
