import { expect, onTestFinished, test } from "vitest";

import { McpassError } from "../../src/base/errors.ts";
import { createManager, type Manager } from "../../src/connection/manager.ts";
import { linkKey } from "../../src/vault/vault-key.ts";
import type { Grant } from "../../src/vault/vault-record.ts";
import type { Vault } from "../../src/vault/vault.ts";
import { configured, openHarness, remote } from "./harness.ts";

/** Two managers over one vault, as two programs have it; the first only watches. */
async function openWatched() {
  const harness = await openHarness();
  const issuer = await harness.issuer();
  const server = await harness.resource({ trusts: issuer });
  const entry = { closed: remote(server.url), other: remote((await harness.resource({ party: "other", trusts: issuer })).url) };
  const [watcher, actor] = [harness.manager(entry), harness.manager(entry)];
  const told: string[] = [];
  watcher.events.subscribe(({ type, server: name }) => void told.push(`${name} ${type}`));
  return { harness, issuer, server, watcher, actor, told, stop: await watcher.watch() };
}

const statusOf = (manager: Manager): string => manager.snapshot("closed").status;

test("F06: a sign-in elsewhere ends needs_auth here, and the next call goes on without a restart", async () => {
  const { harness, watcher, actor, told } = await openWatched();
  await expect(watcher.connect("closed")).rejects.toMatchObject({ code: "sign_in_required" });
  expect(statusOf(watcher)).toBe("needs_auth");
  await actor.signIn("closed", harness.approving);
  await expect.poll(() => statusOf(watcher)).toBe("idle");
  expect(watcher.snapshot("closed")).toMatchObject({ signedIn: true, error: undefined });
  expect(told.filter((line) => line.startsWith("other"))).toEqual([]);
  const connection = await watcher.connect("closed");
  expect(await connection.callTool("add_numbers", { a: 20, b: 22 })).toMatchObject({ content: [{ text: "42" }] });
  expect(harness.browsed).toHaveLength(1);
});

test("F06: a renewal elsewhere is in the snapshot; a sign-out elsewhere makes a connected server need a sign-in, and says why", async () => {
  const { harness, issuer, watcher, actor, told } = await openWatched();
  await actor.signIn("closed", harness.approving);
  const connection = await watcher.connect("closed");
  await expect.poll(() => watcher.snapshot("closed").signedIn).toBe(true);
  const link = await harness.vault.read(linkKey(connection.snapshot().url ?? "", "default"));
  if (link?.kind !== "link") throw new Error("nothing is stored");
  issuer.expireTokens();
  await (await actor.connect("closed")).callTool("echo", { text: "x" });
  const record = await harness.vault.read(link.grant);
  await expect.poll(() => watcher.snapshot("closed").expiresAt).toBe(record?.kind === "grant" ? record.tokens?.expiresAt : "no grant");
  expect(told).toContain("closed grant.changed");
  await actor.signOut("closed", {});
  await expect.poll(() => statusOf(watcher)).toBe("needs_auth");
  expect(watcher.snapshot("closed")).toMatchObject({ signedIn: false, error: { code: "sign_in_required", message: "closed was signed out of by another program." }, hint: "mcpass auth closed" });
});

test("S03: a vault that cannot be read when something in it changes is no sign-out: what is known stays, and is made true when it can be read", async () => {
  const { harness, actor } = await openWatched();
  await actor.signIn("closed", harness.approving);
  let away = false;
  const read: Vault["read"] = (key) => (away ? Promise.reject(new McpassError("vault_unreadable", "The vault cannot be read: its database is being restarted.")) : harness.vault.read(key));
  const { url } = actor.snapshot("closed");
  const watcher = createManager({ runtime: harness.runtime, vault: { ...harness.vault, read }, configuration: { servers: new Map([["closed", configured("closed", remote(url ?? ""))]]), files: [], warnings: [], account: undefined } });
  onTestFinished(() => watcher.close());
  await watcher.connect("closed");
  await watcher.watch();
  const key = (await harness.vault.list()).find((each) => each.key.startsWith("grant-"))!.key;
  const endingAt = (expiresAt: number): Promise<unknown> => harness.vault.update(key, async (grant) => ({ ...(grant as Grant), tokens: { ...(grant as Grant).tokens!, expiresAt } }));
  away = true;
  const before = watcher.snapshot("closed");
  await endingAt(before.expiresAt! + 1_000);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(watcher.snapshot("closed")).toMatchObject({ status: "connected", signedIn: true, error: undefined, expiresAt: before.expiresAt });
  away = false;
  await endingAt(before.expiresAt! + 2_000);
  await expect.poll(() => watcher.snapshot("closed").expiresAt).toBe(before.expiresAt! + 2_000);
});

test("whoever stops watching, or closes, is told nothing more", async () => {
  const { harness, watcher, actor, told, stop } = await openWatched();
  stop();
  await actor.signIn("closed", harness.approving);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect([told, watcher.snapshot("closed").signedIn]).toEqual([[], false]);
});
