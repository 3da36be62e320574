import { setTimeout as sleep } from "node:timers/promises";

import { expect, onTestFinished, test } from "vitest";

import type { Access } from "../../src/access/access.ts";
import { waitUntil } from "../rig/wait.ts";
import { openSigned, send } from "./world.ts";

const hourMs = 3_600_000;

async function keepFresh(access: Access, onSettled: () => void = () => {}): Promise<{ look(): void; stop(): void }> {
  const keeping = await access.keepFresh(onSettled);
  onTestFinished(() => keeping.stop());
  return keeping;
}

test("F02: a grant that is kept fresh is renewed ahead of its end, again and again, and requests find it good", async () => {
  const { world, server, entry } = await openSigned({ issuer: { accessTokenSeconds: 3, rotation: "family" } });
  const access = world.access(entry);
  const keeping = await keepFresh(access);
  await waitUntil(async () => ((await world.storedGrant(entry))?.generation ?? 0) >= 3, "two renewals ahead of time");
  world.ledger.clear();
  expect((await send(access, server.url)).status).toBe(200);
  expect(world.ledger.sequence("resource")[0]).toBe("resource POST /mcp tools/list → 200");
  keeping.stop();
  await sleep(200);
  const { generation } = (await world.storedGrant(entry))!;
  await sleep(2_800);
  expect((await world.storedGrant(entry))?.generation).toBe(generation);
});

test("F01, F02: many that keep one grant fresh renew it once, also when all of them wake up from a sleep in which it ended", async () => {
  const { world, entry } = await openSigned({ issuer: { rotation: "family" } });
  const settled: number[] = [];
  const keepers = await Promise.all(Array.from({ length: 8 }, () => keepFresh(world.access(entry), () => settled.push(Date.now()))));
  await sleep(300);
  expect([world.ledger.entries.length, settled.length]).toEqual([0, 0]);
  world.clock.aheadMs = hourMs + 60_000;
  for (const keeper of keepers) keeper.look();
  await waitUntil(async () => (await world.storedGrant(entry))?.generation === 2, "one of them to renew it");
  await sleep(500);
  expect(world.ledger.count({ path: "/token" })).toBe(1);
});

test("F01: after a sleep, each of many comes back at a time of its own, and no refresh token is sent twice", async () => {
  const { world, entry } = await openSigned({ issuer: { rotation: "family", accessTokenSeconds: 4 } });
  await Promise.all(Array.from({ length: 8 }, () => keepFresh(world.access(entry))));
  await sleep(300);
  world.clock.aheadMs = hourMs;
  await waitUntil(async () => ((await world.storedGrant(entry))?.generation ?? 0) >= 3, "two renewals");
  const sent = world.ledger.find({ path: "/token" }).map(({ body, status }) => [new URLSearchParams(body).get("refresh_token"), status] as const);
  expect(new Set(sent.map(([token]) => token)).size).toBe(sent.length);
  expect(sent.map(([, status]) => status)).toEqual(sent.map(() => 200));
});

test("F03: a renewal ahead of time that fails shows in the grant only; the next one is not before its time, and all is well after it", async () => {
  const { world, server, entry } = await openSigned({ issuer: { refreshAnswer: ["unavailable", "json"] } });
  let settled = 0;
  const access = world.access(entry);
  const keeping = await keepFresh(access, () => (settled += 1));
  world.clock.aheadMs = hourMs - 100_000;
  keeping.look();
  await waitUntil(() => settled === 1, "the first try");
  expect(await world.storedGrant(entry)).toMatchObject({ trouble: { code: "renewal_failed", attempts: 1 }, generation: 1 });
  expect((await send(access, server.url)).status).toBe(200);
  keeping.look();
  await sleep(200);
  expect(world.ledger.count({ path: "/token" })).toBe(1);
  world.clock.aheadMs += 37_000;
  keeping.look();
  await waitUntil(() => settled === 2, "the second try");
  expect(await world.storedGrant(entry)).toMatchObject({ trouble: undefined, generation: 2 });
});

test("F05: what may be spent is not sent ahead of time", async () => {
  const { world, entry, issuer } = await openSigned({ issuer: { refreshAnswer: "reset", rotation: "family" } });
  const keeping = await keepFresh(world.access(entry));
  world.clock.aheadMs = hourMs - 100_000;
  keeping.look();
  await waitUntil(async () => (await world.storedGrant(entry))?.redeeming !== undefined && (await world.storedGrant(entry))?.trouble !== undefined, "the answer that was lost");
  issuer.toggles.refreshAnswer = "json";
  world.clock.aheadMs = hourMs - 5_000;
  keeping.look();
  await sleep(200);
  expect(world.ledger.count({ path: "/token" })).toBe(1);
  world.clock.aheadMs = hourMs + 1_000;
  keeping.look();
  await waitUntil(async () => (await world.storedGrant(entry))?.generation === 2, "the try after its end");
});

test("F02: a grant that nothing can renew, or that is not there, is left alone", async () => {
  const { world, entry } = await openSigned({ issuer: { refreshTokens: "never" } });
  const keeping = await keepFresh(world.access(entry));
  const other = await keepFresh(world.access(entry, { account: "nobody" }));
  world.clock.aheadMs = hourMs + 1_000;
  keeping.look();
  other.look();
  await sleep(300);
  expect(world.ledger.entries).toEqual([]);
});
