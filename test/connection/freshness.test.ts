import { setTimeout as sleep } from "node:timers/promises";

import { expect, test } from "vitest";

import type { McpassEvent } from "../../src/base/events.ts";
import { createManager } from "../../src/connection/manager.ts";
import { openMemoryVault } from "../../src/vault/memory-vault.ts";
import type { Grant } from "../../src/vault/vault-record.ts";
import { waitUntil } from "../rig/wait.ts";
import { configured, openHarness, remote } from "./harness.ts";

/** Two managers over one vault, as two processes have it. */
async function twoOf(issuerOptions: Parameters<Awaited<ReturnType<typeof openHarness>>["issuer"]>[0] = {}) {
  const harness = await openHarness();
  const issuer = await harness.issuer(issuerOptions);
  const server = await harness.resource({ trusts: issuer });
  const entry = remote(server.url);
  const [one, other] = [harness.manager({ example: entry }), harness.manager({ example: entry })];
  await one.signIn("example", harness.approving);
  harness.ledger.clear();
  harness.events.length = 0;
  const key = (await harness.vault.list()).find((each) => each.key.startsWith("grant-"))!.key;
  const change = (next: (grant: Grant) => Grant): Promise<unknown> => harness.vault.update(key, async (grant) => next(grant as Grant));
  return { harness, issuer, server, entry, one, other, change };
}

const statuses = (events: readonly McpassEvent[]): readonly unknown[] => events.flatMap((event) => (event.type === "server.status" ? [[event.status, event.error?.code]] : []));

test("F02: an open connection renews its grant ahead of time; its calls meet no ended token, and closing it ends that", async () => {
  const { harness, issuer, one } = await twoOf({ accessTokenSeconds: 3, rotation: "family" });
  const connection = await one.connect("example");
  await waitUntil(() => harness.ledger.count({ path: "/token" }) >= 2, "two renewals");
  await connection.callTool("echo", { text: "here" });
  expect(harness.ledger.sequence("resource").filter((line) => line.includes("401"))).toEqual([]);
  await connection.close();
  await sleep(300);
  const renewals = issuer.secrets("refresh-token").length;
  await sleep(3_000);
  expect(issuer.secrets("refresh-token")).toHaveLength(renewals);
});

test("F03, F06: that renewals fail, and that they succeed again, is told by whoever is connected, whoever found it out", async () => {
  const { harness, one, other, change } = await twoOf();
  await one.connect("example");
  await other.connect("example");
  harness.events.length = 0;
  const trouble = { code: "renewal_failed", message: "The token endpoint is down.", at: Date.now(), attempts: 1, retryAt: Date.now() + 60_000 };
  await change((grant) => ({ ...grant, trouble }));
  await waitUntil(() => statuses(harness.events).length === 2, "both of them to tell");
  expect(statuses(harness.events)).toEqual([["connected", "renewal_failed"], ["connected", "renewal_failed"]]);
  expect([one.snapshot("example"), other.snapshot("example")]).toMatchObject([{ status: "connected", error: { message: "The token endpoint is down." } }, { status: "connected" }]);
  harness.events.length = 0;
  await change((grant) => ({ ...grant, trouble: undefined }));
  await waitUntil(() => statuses(harness.events).length === 2, "both of them to tell");
  expect([one.snapshot("example").error, other.snapshot("example").error]).toEqual([undefined, undefined]);
});

test("F06: what another process has renewed is used by the next call, which asks nobody for it", async () => {
  const { harness, issuer, one, change } = await twoOf();
  const connection = await one.connect("example");
  const { token, approval } = [...issuer.store.tokens.values()].find(({ kind, state }) => kind === "access" && state === "live")!;
  const renewed = issuer.store.issueToken("access", approval, issuer.store.newFamily(), 3_600);
  issuer.store.tokens.delete(token);
  await change((grant) => ({ ...grant, generation: 2, tokens: { ...grant.tokens!, accessToken: renewed.token } }));
  harness.ledger.clear();
  await connection.callTool("echo", { text: "here" });
  expect(harness.ledger.sequence()).toEqual([expect.stringMatching(/^resource POST \/mcp tools\/call → 200$/)]);
});

test("a connection that needs no grant keeps none fresh, and watches nothing", async () => {
  const harness = await openHarness();
  const server = await harness.resource();
  let watched = 0;
  const vault = openMemoryVault();
  const watching = { ...vault, watch: (...args: Parameters<typeof vault.watch>) => ((watched += 1), vault.watch(...args)) };
  const manager = createManager({ runtime: harness.runtime, vault: watching, configuration: { servers: new Map([["open", configured("open", remote(server.url, { oauth: false }))]]), files: [], warnings: [], account: undefined } });
  const connection = await manager.connect("open");
  await connection.listTools();
  expect(watched).toBe(0);
  await manager.close();
});
