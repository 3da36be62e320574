import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

import { openWalk } from "../rig/walk.ts";

const example = (name: string): string => fileURLToPath(new URL(`../../examples/${name}.mjs`, import.meta.url));

test("examples/ten-lines.mjs signs in, lists and calls, in ten lines", async () => {
  const walk = await openWalk();
  const { url } = await walk.resource({ trusts: await walk.issuer() });
  const ran = await walk.run([url], { program: example("ten-lines"), browser: walk.browser() });
  expect(ran).toMatchObject({ exitCode: 0, stderr: "", stdout: expect.stringMatching(/^add_numbers: .*\necho: .*\nwhoami: .*\n42\n$/) });
});

test("examples/agent-loop.mjs runs a loop over two servers, signs in to the one that wants it, and the next run asks nobody", async () => {
  const walk = await openWalk();
  const { url } = await walk.resource({ trusts: await walk.issuer() });
  const free = await walk.resource({ party: "free" });
  const run = () => walk.run([url, free.url], { program: example("agent-loop"), browser: walk.browser() });
  expect(await run()).toMatchObject({ exitCode: 0, stderr: "", stdout: expect.stringMatching(/^Sign in to server1 in the browser\.\nThe sum is 42\. I am .*alice.*\.\n$/) });
  expect(await run()).toMatchObject({ exitCode: 0, stderr: "", stdout: expect.stringMatching(/^The sum is 42\. I am .*alice.*\.\n$/) });
  expect(walk.ledger.count({ path: "/authorize" })).toBe(1);
});

test("examples/agent-loop.mjs goes on without a server that cannot be used, and says why", async () => {
  const walk = await openWalk();
  const { url } = await walk.resource();
  const ran = await walk.run([url, "http://127.0.0.1:9/mcp"], { program: example("agent-loop") });
  expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^Without server2: .*127\.0\.0\.1:9.*\nThe sum is 42\./) });
});

test("examples/ai-sdk.mjs gives the AI SDK a server's tools, and the model calls one", async () => {
  const walk = await openWalk();
  const { url } = await walk.resource({ trusts: await walk.issuer() });
  const ran = await walk.run([url], { program: example("ai-sdk"), browser: walk.browser() });
  expect(ran).toMatchObject({ exitCode: 0, stderr: "", stdout: "The sum is 42. (2 steps)\n" });
  expect(walk.ledger.count({ word: "tools/call" })).toBe(1);
});
