import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { hostname } from "node:os";

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";

import { waitUntil } from "../rig/wait.ts";
import type { AuthorizationServerOptions } from "../servers/authorization-server.ts";
import { buildScript, type Script } from "../vault/script.ts";
import { openSigned, refusal, send, type Signed } from "./world.ts";

const hourMs = 3_600_000;

/** A process that sends one request with a token that is about to end, and kills itself at one step of the renewal. */
const killing = `
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { openAccess } from "./src/access/access.ts";
import { openServerMemory } from "./src/access/server-memory.ts";
import { Emitter } from "./src/base/events.ts";
import { createNodeRuntime } from "./src/surfaces/node/node-runtime.ts";
import { openFileVault } from "./src/vault/file-vault.ts";
const { home, entry, aheadMs, killAt } = JSON.parse(process.argv[2]!);
const at = (step: string): void => void (step === killAt && process.kill(process.pid, "SIGKILL"));
const { rename } = fs.promises;
let written = 0;
fs.promises.rename = async (from, to) => {
  if (!String(to).includes("grant-")) return rename(from, to);
  written += 1;
  if (written === 2) at("before the rename");
  await rename(from, to);
  if (written === 2) at("after the rename");
};
syncBuiltinESMExports();
const node = createNodeRuntime({ environment: process.env, homeDirectory: home, workingDirectory: home });
const fetch: typeof node.fetch = async (url, init) => {
  if (!url.endsWith("/token")) return node.fetch(url, init);
  at("before the request");
  const answer = await node.fetch(url, init);
  at("after the request has left");
  return answer;
};
const now = () => Date.now() + aheadMs;
const vault = openFileVault({ directory: home + "/data/vault", now, environment: { MCPASS_KEY_SOURCE: "file" } });
const update: typeof vault.update = (key, change) => vault.update(key, async (current, held) => {
  const next = await change(current, held);
  if (key.startsWith("grant-")) at("before unlocking");
  return next;
});
const access = openAccess({ runtime: { ...node, now, fetch }, vault: { ...vault, update }, memory: openServerMemory({ directory: home + "/cache" }), events: new Emitter(), name: "example", entry });
const answer = await access.fetch(entry.url, { method: "POST", headers: { "content-type": "application/json", accept: "application/json, text/event-stream" }, body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} }) });
console.log(answer.status);
await vault.close();
`;

let script: Script;
beforeAll(async () => {
  script = await buildScript(killing);
});
afterAll(() => script.remove());

function start({ world, entry }: Signed, killAt: string): ChildProcess {
  const child = script.start(JSON.stringify({ home: world.home, entry, aheadMs: world.clock.aheadMs, killAt }));
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

async function killedAt(signed: Signed, step: string): Promise<number> {
  const child = start(signed, step);
  const [, signal] = (await once(child, "exit")) as [number | null, string | null];
  expect(signal).toBe("SIGKILL");
  return child.pid!;
}

const strict: AuthorizationServerOptions = { rotation: "family" };
const graceful: AuthorizationServerOptions = { rotation: "family", rotationGraceSeconds: 3_600 };
const explained = (pid: number): RegExp => new RegExp(`process ${pid} on ${hostname()} began to renew the access token at 20\\d\\d-\\S+Z and was interrupted before the answer was stored`);

/** `redeemed`: the issuer has spent the refresh token by then. */
const rows = [
  { step: "before the request", redeemed: false, server: "strict", afterwards: "recovers" },
  { step: "before the request", redeemed: false, server: "graceful", afterwards: "recovers" },
  { step: "after the request has left", redeemed: false, server: "strict", afterwards: "recovers" },
  { step: "after the request has left", redeemed: false, server: "graceful", afterwards: "recovers" },
  { step: "after the request has left", redeemed: true, server: "strict", afterwards: "explains" },
  { step: "after the request has left", redeemed: true, server: "graceful", afterwards: "recovers" },
  { step: "before the rename", redeemed: true, server: "strict", afterwards: "explains" },
  { step: "before the rename", redeemed: true, server: "graceful", afterwards: "recovers" },
  { step: "after the rename", redeemed: true, server: "strict", afterwards: "has the new token" },
  { step: "after the rename", redeemed: true, server: "graceful", afterwards: "has the new token" },
  { step: "before unlocking", redeemed: true, server: "strict", afterwards: "has the new token" },
  { step: "before unlocking", redeemed: true, server: "graceful", afterwards: "has the new token" },
] as const;

describe("F05: a process that renews is killed", () => {
  test.each(rows)("$step, spent: $redeemed, $server rotation: the next one $afterwards", async ({ step, redeemed, server: kind, afterwards }) => {
    const signed = await openSigned({ issuer: { ...(kind === "strict" ? strict : graceful), refreshAnswer: redeemed || step === "before the request" ? "json" : ["unavailable", "json"] } });
    const { world, server, entry } = signed;
    world.clock.aheadMs = hourMs - 30_000;
    const pid = await killedAt(signed, step);
    const requests = world.ledger.count({ path: "/token" });

    // Its access token is used to its end, and nobody sends the refresh token before.
    expect((await send(world.access(entry), server.url)).status).toBe(200);
    expect(world.ledger.count({ path: "/token" })).toBe(requests);
    if (afterwards === "has the new token") {
      expect(await world.storedGrant(entry)).toMatchObject({ generation: 2, lineage: [{ event: "signed-in" }, { event: "renewed" }] });
      expect((await world.storedGrant(entry))?.redeeming).toBeUndefined();
      return;
    }
    expect(await world.storedGrant(entry)).toMatchObject({ generation: 1, redeeming: { generation: 1, by: `process ${pid} on ${hostname()}` } });

    // Then it is tried once.
    world.clock.aheadMs = hourMs + 1_000;
    if (afterwards === "recovers") {
      expect((await send(world.access(entry), server.url)).status).toBe(200);
      expect(world.ledger.count({ path: "/token" })).toBe(requests + 1);
      const { redeeming, generation, lineage } = (await world.storedGrant(entry)) ?? {};
      expect([redeeming, generation, lineage?.map(({ event }) => event)]).toEqual([undefined, 2, ["signed-in", "interrupted", "renewed"]]);
      return;
    }
    const errors = [await refusal(send(world.access(entry), server.url)), await refusal(send(world.access(entry), server.url))];
    for (const error of errors) {
      expect(error).toMatchObject({ code: "sign_in_required", hint: "mcpass auth example" });
      expect(error.message).toMatch(explained(pid));
    }
    expect(errors[0]?.message).toMatch(/the issuer http\S+ has since refused the refresh token: .*invalid_grant/);
    expect(world.ledger.count({ path: "/token" })).toBe(requests + 1);
    const { tokens, ended, lineage } = (await world.storedGrant(entry)) ?? {};
    expect([tokens, ended?.quarantined?.refreshToken !== undefined, lineage?.map(({ event }) => event)]).toEqual([undefined, true, ["signed-in", "interrupted", "refused"]]);
  });

  test("while others wait for it: one of them goes on, and all have its result", async () => {
    const signed = await openSigned({ issuer: { ...graceful, refreshAnswer: [{ slowMs: 20_000 }, "json"] } });
    const { world, server, entry } = signed;
    world.clock.aheadMs = hourMs + 1_000;
    const child = start(signed, "never");
    await waitUntil(() => world.ledger.count({ path: "/token" }) === 1, "the request of the one to be killed");
    const others = Promise.all(Array.from({ length: 4 }, () => send(world.access(entry), server.url)));
    child.kill("SIGKILL");
    expect((await others).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(world.ledger.count({ path: "/token" })).toBe(2);
    expect(await world.storedGrant(entry)).toMatchObject({ generation: 2 });
  });

  test("a server that ends the access token with the renewal: the refresh token is tried as soon as the access token is refused", async () => {
    const signed = await openSigned({ issuer: { ...graceful, rotationEndsAccess: true } });
    const { world, server, entry } = signed;
    world.clock.aheadMs = hourMs - 30_000;
    await killedAt(signed, "before the rename");
    expect((await send(world.access(entry), server.url)).status).toBe(200);
    expect(await world.storedGrant(entry)).toMatchObject({ generation: 2 });
  });
});
