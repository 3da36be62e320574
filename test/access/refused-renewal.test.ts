import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import type { Runtime } from "../../src/base/runtime.ts";
import { createHttpFetch } from "../../src/surfaces/node/http-fetch.ts";
import { openFileVault } from "../../src/vault/file-vault.ts";
import { createSeal } from "../../src/vault/seal.ts";
import type { Grant } from "../../src/vault/vault-record.ts";
import { openSigned, refusal, send, type Signed } from "./world.ts";

const hourMs = 3_600_000;

describe("F04: a refresh token that its issuer refuses", () => {
  /** Somebody who does not keep to the lock stores a grant while the issuer is being asked. */
  async function overtaken(signed: Signed, overtaking: (grant: Grant) => Grant): Promise<Partial<Runtime>> {
    const { world, entry } = signed;
    const directory = join(world.home, "data", "vault");
    const vault = openFileVault({ directory, now: Date.now, environment: { MCPASS_KEY_SOURCE: "file" } });
    const { key } = (await vault.list()).find((each) => each.key.startsWith("grant-"))!;
    const fetch = createHttpFetch();
    let done = false;
    return {
      fetch: async (url, init) => {
        if (url.endsWith("/token") && !done) {
          done = true;
          await writeFile(join(directory, `${key}.json`), await createSeal(vault.keys).seal(key, overtaking((await world.storedGrant(entry))!)));
        }
        return fetch(url, init);
      },
    };
  }

  test("is believed only when no newer one is stored: that one is used", async () => {
    const signed = await openSigned({ issuer: { refreshAnswer: "invalid-grant" } });
    const { world, server, entry } = signed;
    const runtime = await overtaken(signed, (grant) => ({ ...grant, redeeming: undefined, generation: 2, tokens: { ...grant.tokens!, refreshToken: "newer", expiresAt: Date.now() + 9 * hourMs } }));
    world.clock.aheadMs = hourMs + 1_000;
    expect((await send(world.access(entry, { runtime }), server.url)).status).toBe(200);
    expect(world.ledger.count({ path: "/token" })).toBe(1);
    expect(await world.storedGrant(entry)).toMatchObject({ generation: 2, ended: undefined, tokens: { refreshToken: "newer" } });
  });

  test("is followed by the newer one that is stored, once, where that has ended too", async () => {
    const signed = await openSigned({ issuer: { refreshAnswer: ["invalid-grant", "json"] } });
    const { world, issuer, server, entry } = signed;
    const { store } = issuer;
    const approval = [...store.tokens.values()].find(({ kind }) => kind === "refresh")!.approval;
    const { token: newer } = store.issueToken("refresh", approval, store.newFamily(), 3_600);
    const runtime = await overtaken(signed, (grant) => ({ ...grant, redeeming: undefined, generation: 2, tokens: { ...grant.tokens!, refreshToken: newer } }));
    world.clock.aheadMs = hourMs + 1_000;
    expect((await send(world.access(entry, { runtime }), server.url)).status).toBe(200);
    expect(world.ledger.count({ path: "/token" })).toBe(2);
    expect(await world.storedGrant(entry)).toMatchObject({ generation: 3, ended: undefined });
  });

  test("is set aside with its token set; put back, it is tried again, and set aside again", async () => {
    const { world, issuer, server, entry } = await openSigned();
    const before = await world.storedGrant(entry);
    issuer.toggles.refreshAnswer = ["invalid-grant", "json"];
    world.clock.aheadMs = hourMs + 1_000;
    const access = world.access(entry);
    expect((await refusal(send(access, server.url))).code).toBe("sign_in_required");
    expect(await world.storedGrant(entry)).toMatchObject({ tokens: undefined, ended: { quarantined: before?.tokens } });
    expect(await access.restore()).toMatchObject({ server: "example", account: "default", generation: 1, reason: "invalid_grant", renewable: true });
    expect((await send(access, server.url)).status).toBe(200);
    expect((await world.storedGrant(entry))?.lineage?.map(({ event }) => event)).toEqual(["signed-in", "refused", "restored", "renewed"]);
    expect(await refusal(access.restore())).toMatchObject({ code: "usage", message: expect.stringContaining("signed in") });
    await access.signOut({ keepRemote: true });
    expect(await refusal(access.restore())).toMatchObject({ code: "usage", hint: "mcpass auth example" });
  });

  test("a client that its issuer refuses ends the sign-in alike, and nothing is lost", async () => {
    const { world, server, entry } = await openSigned({ issuer: { refreshAnswer: "invalid-client" } });
    const before = await world.storedGrant(entry);
    world.clock.aheadMs = hourMs + 1_000;
    expect((await refusal(send(world.access(entry), server.url))).code).toBe("sign_in_required");
    expect(await world.storedGrant(entry)).toMatchObject({ tokens: undefined, registration: before?.registration, ended: { reason: "invalid_client", quarantined: before?.tokens } });
  });
});
