import { afterAll, beforeAll, expect, test } from "vitest";

import { buildScript, type Script } from "../vault/script.ts";
import { openSigned, send } from "./world.ts";

/** A process that sends a request every few moments, kept fresh or not, and tells how many went through. */
const calling = `
import { openAccess } from "./src/access/access.ts";
import { openServerMemory } from "./src/access/server-memory.ts";
import { Emitter } from "./src/base/events.ts";
import { createNodeRuntime } from "./src/surfaces/node/node-runtime.ts";
import { openFileVault } from "./src/vault/file-vault.ts";
const { home, entry, fresh, untilMs } = JSON.parse(process.argv[2]!);
const runtime = createNodeRuntime({ environment: process.env, homeDirectory: home, workingDirectory: home });
const vault = openFileVault({ directory: home + "/data/vault", now: Date.now, environment: { MCPASS_KEY_SOURCE: "file" } });
const access = openAccess({ runtime, vault, memory: openServerMemory({ directory: home + "/cache" }), events: new Emitter(), name: "example", entry });
if (fresh) await access.keepFresh(() => {});
const end = Date.now() + untilMs;
const counts: Record<string, number> = {};
while (Date.now() < end) {
  const outcome = await access.fetch(entry.url, { method: "POST", headers: { "content-type": "application/json", accept: "application/json, text/event-stream" }, body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} }) })
    .then(async (answer) => { for await (const _ of answer.body ?? []); return String(answer.status); }, (error) => error.code);
  counts[outcome] = (counts[outcome] ?? 0) + 1;
  await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 60));
}
await vault.close();
console.log(JSON.stringify(counts));
process.exit();
`;

let script: Script;
beforeAll(async () => {
  script = await buildScript(calling);
});
afterAll(() => script.remove());

test("F01: eight processes that share a sign-in whose refresh tokens work once: each is sent once, no call fails, nothing is revoked", async () => {
  const { world, issuer, entry } = await openSigned({ issuer: { rotation: "family", accessTokenSeconds: 2, rotationEndsAccess: true } });
  const words = (fresh: boolean): string => JSON.stringify({ home: world.home, entry, fresh, untilMs: 9_000 });
  const runs = await Promise.all(Array.from({ length: 8 }, (_, index) => script.run(words(index % 2 === 0))));
  expect(runs.map(({ code, stderr }) => [code, stderr])).toEqual(runs.map(() => [0, ""]));
  expect(new Set(runs.flatMap(({ stdout }) => Object.keys(JSON.parse(stdout) as object)))).toEqual(new Set(["200"]));
  const sent = world.ledger.find({ path: "/token" }).map(({ body, status }) => [new URLSearchParams(body).get("refresh_token"), status] as const);
  expect(sent.length).toBeGreaterThan(2);
  expect(new Set(sent.map(([token]) => token)).size).toBe(sent.length);
  expect(new Set(sent.map(([, status]) => status))).toEqual(new Set([200]));
  expect([...issuer.store.tokens.values()].filter(({ kind, state }) => kind === "refresh" && state === "revoked")).toEqual([]);
  expect(world.ledger.count({ path: "/authorize" })).toBe(0);
}, 60_000);

test("F07: signing in again revokes nothing, at an issuer where that would end the new sign-in too", async () => {
  const { world, server, entry, access } = await openSigned();
  const before = await world.storedGrant(entry);
  await access.signIn(world.person({ force: true }));
  const after = await world.storedGrant(entry);
  expect(after?.tokens?.refreshToken).not.toBe(before?.tokens?.refreshToken);
  expect(world.ledger.count({ path: "/revoke" })).toBe(0);
  expect((await send(access, server.url)).status).toBe(200);
});
