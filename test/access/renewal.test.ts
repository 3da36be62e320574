import { describe, expect, onTestFinished, test } from "vitest";

import type { Runtime } from "../../src/base/runtime.ts";
import { fingerprint } from "../../src/access/lineage.ts";
import { createHttpFetch } from "../../src/surfaces/node/http-fetch.ts";
import type { Grant } from "../../src/vault/vault-record.ts";
import { createAuthority } from "../rig/tls.ts";
import type { AuthorizationServerOptions } from "../servers/authorization-server.ts";
import { html, listen } from "../servers/listener.ts";
import { openUnattended, secret } from "./unattended.ts";
import { openSigned, refusal, send, type World } from "./world.ts";

const hourMs = 3_600_000;
const events = (grant: Grant | undefined): readonly string[] => (grant?.lineage ?? []).map(({ event }) => event);

/** Answers of a token endpoint that are none; `spent`: whether the refresh token may be gone, as far as can be known. */
const outages: readonly { readonly name: string; readonly spent: boolean; readonly issuer: AuthorizationServerOptions; readonly patienceMs?: number }[] = [
  { name: "502", spent: true, issuer: { refreshAnswer: "bad-gateway" } },
  { name: "500 with a page", spent: true, issuer: { refreshAnswer: "html-500" } },
  { name: "200 with a page", spent: true, issuer: { refreshAnswer: "html" } },
  { name: "200 without a token", spent: true, issuer: { refreshAnswer: "no-access-token" } },
  { name: "a connection cut without an answer", spent: true, issuer: { refreshAnswer: "reset" } },
  { name: "an answer cut in the middle", spent: true, issuer: { refreshAnswer: "reset-half", rotationGraceSeconds: 3_600 } },
  { name: "silence", spent: true, issuer: { refreshAnswer: { slowMs: 5_000 }, rotationGraceSeconds: 3_600 }, patienceMs: 300 },
  { name: "503", spent: false, issuer: { refreshAnswer: "unavailable" } },
  { name: "429", spent: false, issuer: { refreshAnswer: "busy" } },
  { name: "temporarily_unavailable", spent: false, issuer: { refreshAnswer: "temporarily-unavailable" } },
];

describe("F03: an outage at the token endpoint", () => {
  test.each(outages)("$name: the grant survives and recovers by itself; what may be spent is not sent again before the access token has ended", async ({ spent, issuer: options, patienceMs }) => {
    const { world, issuer, server, entry } = await openSigned({ issuer: { rotation: "family", ...options } });
    const habits = patienceMs === undefined ? {} : { patienceMs: () => patienceMs };
    world.clock.aheadMs = hourMs - 30_000;
    expect((await send(world.access(entry, habits), server.url)).status).toBe(200);
    const { redeeming, trouble, lineage } = (await world.storedGrant(entry)) ?? {};
    expect([redeeming !== undefined, lineage?.map(({ event }) => event), trouble?.attempts]).toEqual([spent, spent ? ["signed-in", "interrupted"] : ["signed-in"], 1]);
    issuer.toggles.refreshAnswer = "json";
    // Its back-off is over, its life not quite.
    await world.vault.update((await world.vault.list()).find(({ key }) => key.startsWith("grant-"))!.key, async (grant) => ({ ...(grant as Grant), trouble: { ...(grant as Grant).trouble!, retryAt: 0, askedUntil: 0 } }));
    expect((await send(world.access(entry), server.url)).status).toBe(200);
    expect(world.ledger.count({ path: "/token" })).toBe(spent ? 1 : 2);
    world.clock.aheadMs = hourMs + 1_000;
    expect((await send(world.access(entry), server.url)).status).toBe(200);
    expect(world.ledger.count({ path: "/token" })).toBe(2);
    const after = await world.storedGrant(entry);
    expect([after?.generation, after?.trouble, after?.redeeming, after?.ended]).toEqual([2, undefined, undefined, undefined]);
  });

  test("an answer cut in the middle, by an issuer that takes a refresh token once: the access token is used to its end, then the refresh token is tried once more, and what is said names this renewal", async () => {
    const { world, issuer, server, entry } = await openSigned({ issuer: { rotation: "family", refreshAnswer: "reset-half" } });
    world.clock.aheadMs = hourMs - 30_000;
    expect((await send(world.access(entry), server.url)).status).toBe(200);
    issuer.toggles.refreshAnswer = "json";
    world.clock.aheadMs = hourMs - 2_000;
    expect([(await send(world.access(entry), server.url)).status, world.ledger.count({ path: "/token" })]).toEqual([200, 1]);
    world.clock.aheadMs = hourMs + 1_000;
    for (const error of [await refusal(send(world.access(entry), server.url)), await refusal(send(world.access(entry), server.url))]) {
      expect(error).toMatchObject({ code: "sign_in_required", hint: "mcpass auth example" });
      expect(error.message).toMatch(new RegExp(`process ${process.pid} on \\S+ began to renew the access token at 20\\S+Z and was interrupted before the answer was stored`));
    }
    expect(world.ledger.count({ path: "/token" })).toBe(2);
    const after = await world.storedGrant(entry);
    expect([events(after), after?.tokens, after?.ended?.quarantined?.refreshToken !== undefined]).toEqual([["signed-in", "interrupted", "refused"], undefined, true]);
  });

  test("530, from a proxy that does not find the issuer", async () => {
    const { world, server, entry } = await openSigned();
    const edge = await world.bystander("edge", () => html(530, "error code: 1016"));
    await sentTo(world, `${edge.origin}/token`);
    world.clock.aheadMs = hourMs + 1_000;
    expect(await refusal(send(world.access(entry), server.url))).toMatchObject({ code: "renewal_failed", message: expect.stringContaining("530") });
    expect(await world.storedGrant(entry)).toMatchObject({ trouble: { code: "renewal_failed" }, ended: undefined });
  });

  test("no connection, no name, no certificate that is accepted: nothing has left, so nothing is exposed", async () => {
    const { world, server, entry, issuer } = await openSigned();
    await issuer.refuse();
    world.clock.aheadMs = hourMs - 30_000;
    expect((await send(world.access(entry), server.url)).status).toBe(200);
    expect(await world.storedGrant(entry)).toMatchObject({ trouble: { message: expect.stringContaining("ECONNREFUSED") } });
    expect([(await world.storedGrant(entry))?.redeeming, events(await world.storedGrant(entry))]).toEqual([undefined, ["signed-in"]]);
    const unnamed: Partial<Runtime> = { fetch: (url, init) => (url.endsWith("/token") ? Promise.reject(Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" })) : createHttpFetch()(url, init)) };
    world.clock.aheadMs = hourMs + 1_000;
    expect((await refusal(send(world.access(entry, { runtime: unnamed }), server.url))).details).toMatchObject({ sent: false });
    expect((await world.storedGrant(entry))?.redeeming).toBeUndefined();
    const untrusted = await listen(world.ledger, "untrusted", () => html(200, "nothing"), { tls: (await createAuthority(world.home)).server() });
    onTestFinished(() => untrusted.stop());
    await sentTo(world, `${untrusted.origin}/token`);
    expect((await refusal(send(world.access(entry), server.url))).message).toMatch(/certificate/i);
    expect((await world.storedGrant(entry))?.redeeming).toBeUndefined();
  });
});

/** From now on renewals go there; nothing is remembered of earlier ones. */
async function sentTo(world: World, tokenEndpoint: string): Promise<void> {
  const { key } = (await world.vault.list()).find((each) => each.key.startsWith("grant-"))!;
  await world.vault.update(key, async (grant) => ({ ...(grant as Grant), trouble: undefined, tokenEndpoint }));
}

describe("F03: the next try", () => {
  test("is later and later, for all processes, and until then says when it will be", async () => {
    const { world, server, entry } = await openSigned({ issuer: { refreshAnswer: "unavailable" } });
    world.clock.aheadMs = hourMs + 1_000;
    const pauses: number[] = [];
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      await refusal(send(world.access(entry), server.url));
      const { at = 0, retryAt = 0, attempts } = (await world.storedGrant(entry))?.trouble ?? {};
      expect(attempts).toBe(attempt);
      pauses.push(retryAt - at);
      world.clock.aheadMs += 40_000;
    }
    const planned = [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000];
    expect(pauses.map((pause, at) => pause >= planned[at]! * 0.8 && pause <= planned[at]! * 1.2)).toEqual(planned.map(() => true));
    world.clock.aheadMs -= 39_000;
    const told = await refusal(send(world.access(entry), server.url));
    expect(told).toMatchObject({ code: "renewal_failed", message: expect.stringMatching(/grant is kept\. .*503.* It is tried again in \d+ s\.$/), hint: expect.stringMatching(/again in \d+ s/), details: { retryAt: expect.any(Number) } });
    expect(world.ledger.count({ path: "/token" })).toBe(8);
  });

  test("is not one more for each of the processes that waited for the one before: it is asked once, and all fail alike", async () => {
    const { world, server, entry } = await openSigned();
    const slow = await world.bystander("slow", () => ({ ...html(503, "busy"), delayMs: 700 }));
    await sentTo(world, `${slow.origin}/token`);
    world.clock.aheadMs = hourMs + 1_000;
    const errors = await Promise.all(Array.from({ length: 5 }, () => refusal(send(world.access(entry), server.url))));
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(["renewal_failed"]));
    expect(world.ledger.count({ path: "/token" })).toBe(1);
  });

  test("is waited for where that takes a moment only", async () => {
    const { world, server, entry } = await openSigned({ issuer: { refreshAnswer: ["unavailable", "unavailable", "json"] } });
    world.clock.aheadMs = hourMs + 1_000;
    await refusal(send(world.access(entry), server.url));
    await refusal(send(world.access(entry), server.url));
    expect((await send(world.access(entry), server.url)).status).toBe(200);
    expect(world.ledger.count({ path: "/token" })).toBe(3);
  });

  test.each([
    ["seconds", () => 120],
    ["a date", (now: number) => new Date(now + 120_000).toUTCString()],
  ])("after a 429 is when its Retry-After (%s) allows, whoever asks and however the access token ended", async (_, retryAfter) => {
    const { world, issuer, server, entry } = await openSigned({ issuer: { refreshAnswer: "busy" } });
    world.clock.aheadMs = hourMs + 1_000;
    Object.assign(issuer.toggles, { retryAfterSeconds: retryAfter(Date.now() + world.clock.aheadMs) });
    expect((await refusal(send(world.access(entry), server.url))).message).toContain("It is tried again in 2 min");
    issuer.toggles.refreshAnswer = "json";
    world.clock.aheadMs += 100_000;
    expect((await refusal(send(world.access(entry), server.url))).code).toBe("renewal_failed");
    expect(world.ledger.count({ path: "/token" })).toBe(1);
    world.clock.aheadMs += 25_000;
    expect((await send(world.access(entry), server.url)).status).toBe(200);
  });

  test("after a failure with a good token is not put off when the server refuses that token, unless the issuer asked for it", async () => {
    const { world, issuer, server, entry } = await openSigned({ issuer: { refreshAnswer: ["unavailable", "json"] } });
    world.clock.aheadMs = hourMs - 30_000;
    expect((await send(world.access(entry), server.url)).status).toBe(200);
    issuer.expireTokens();
    expect((await send(world.access(entry), server.url)).status).toBe(200);
    expect(world.ledger.count({ path: "/token" })).toBe(2);
  });

  test("comes although the clock was set back", async () => {
    const { world, server, entry } = await openSigned({ issuer: { refreshAnswer: ["unavailable", "json"] } });
    world.clock.aheadMs = 48 * hourMs;
    await refusal(send(world.access(entry), server.url));
    world.clock.aheadMs = hourMs + 1_000;
    expect((await send(world.access(entry), server.url)).status).toBe(200);
  });

  test("of a machine's grant is put off alike, and the reason is said meanwhile", async () => {
    const robots: AuthorizationServerOptions = { grants: ["client-credentials"], clientAuthentication: "basic", clients: [{ client_id: "robot", client_secret: secret, redirect_uris: [] }] };
    const { world, issuer, server, entry } = await openUnattended({ grant: "client_credentials", clientId: "robot", clientSecret: secret }, robots);
    await send(world.access(entry), server.url);
    issuer.toggles.machineAnswer = "busy";
    issuer.toggles.retryAfterSeconds = 60;
    world.clock.aheadMs = hourMs + 1_000;
    world.ledger.clear();
    expect((await refusal(send(world.access(entry), server.url))).code).toBe("renewal_failed");
    expect((await refusal(send(world.access(entry), server.url))).code).toBe("renewal_failed");
    expect(world.ledger.count({ path: "/token" })).toBe(1);
    issuer.toggles.machineAnswer = "invalid-client";
    world.clock.aheadMs += 61_000;
    const [first, second] = [await refusal(send(world.access(entry), server.url)), await refusal(send(world.access(entry), server.url))];
    expect([first.code, second.code]).toEqual(["token_refused", "token_refused"]);
    expect((await world.storedGrant(entry))?.tokens).toBeDefined();
    issuer.toggles.machineAnswer = "json";
    world.clock.aheadMs += 61_000;
    expect((await send(world.access(entry), server.url)).status).toBe(200);
    expect(await world.storedGrant(entry)).toMatchObject({ generation: 2, trouble: undefined, lineage: [{ event: "signed-in" }, { event: "renewed" }] });
  });

  test("of a slow renewal is not what a request with a good token waits for", async () => {
    const { world, server, entry } = await openSigned({ issuer: { rotation: "family", refreshAnswer: { slowMs: 6_000 } } });
    world.clock.aheadMs = hourMs - 30_000;
    const access = world.access(entry);
    expect((await send(access, server.url)).status).toBe(200);
    expect((await world.storedGrant(entry))?.generation).toBe(1);
    await expect.poll(async () => (await world.storedGrant(entry))?.generation).toBe(2);
    expect((await send(access, server.url)).status).toBe(200);
    expect(world.ledger.count({ path: "/token" })).toBe(1);
  });
});

test("F05: who obtained and used which generation is told without any token, over sign-ins too, and the last hundred are kept", async () => {
  const { world, issuer, server, entry } = await openSigned({ issuer: { rotation: "family" } });
  const access = world.access(entry);
  world.clock.aheadMs = hourMs + 1_000;
  await send(access, server.url);
  await access.signIn(world.person({ force: true }));
  const history = await access.history();
  expect(history).toMatchObject({ server: "example", account: "default", issuer: issuer.issuer, generation: 3, redeeming: undefined, trouble: undefined, ended: undefined });
  expect(history?.entries.map(({ generation, event, refreshToken }) => [generation, event, refreshToken])).toEqual(
    (["signed-in", "renewed", "signed-in"] as const).map((event, at) => [at + 1, event, fingerprint(issuer.secrets("refresh-token")[at])]),
  );
  expect(new Set(history?.entries.map(({ by }) => by))).toEqual(new Set([expect.stringContaining(`process ${process.pid} on `)]));
  for (const token of issuer.secrets()) expect(JSON.stringify(history)).not.toContain(token);
  const { key } = (await world.vault.list()).find((each) => each.key.startsWith("grant-"))!;
  await world.vault.update(key, async (grant) => ({ ...(grant as Grant), lineage: Array.from({ length: 100 }, () => (grant as Grant).lineage![0]!) }));
  world.clock.aheadMs = 3 * hourMs;
  await send(access, server.url);
  const { entries = [] } = (await access.history()) ?? {};
  expect([entries.length, entries.at(-1)?.event]).toEqual([100, "renewed"]);
});
