import { chown, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import type { Runtime } from "../../src/base/runtime.ts";
import { createHttpFetch } from "../../src/surfaces/node/http-fetch.ts";
import { waitUntil } from "../rig/wait.ts";
import { buildScript } from "../vault/script.ts";
import { openSigned, refusal, send, type World } from "./world.ts";

const hourMs = 3_600_000;
const nobody = 65_534;

/** Puts a folder where the grant's new text is to be written, which only whoever put it there takes away. */
async function blocking(world: World): Promise<{ readonly block: () => Promise<void>; readonly free: () => Promise<void> }> {
  const directory = join(world.home, "data", "vault");
  const name = (await readdir(directory)).find((each) => /^grant-.*\.json$/.test(each));
  const file = join(directory, `${name ?? ""}.new`);
  return { block: async () => void (await mkdir(join(file, "in the way"), { recursive: true })), free: () => rm(file, { recursive: true }) };
}

/** Requests as they are; `before` is done when the token endpoint has answered and nobody has read it yet. */
function answering(before: () => Promise<void>): Partial<Runtime> {
  const fetch = createHttpFetch();
  return {
    fetch: async (url, init) => {
      const answer = await fetch(url, init);
      if (url.endsWith("/token")) await before();
      return answer;
    },
  };
}

describe("F05: a renewed grant that cannot be stored", () => {
  test("is used at once, shouted about, and stored as soon as it can be; meanwhile nobody sends the spent refresh token", async () => {
    const { world, server, entry } = await openSigned({ issuer: { rotation: "family" } });
    const { block, free } = await blocking(world);
    const access = world.access(entry, { runtime: answering(block) });
    world.clock.aheadMs = hourMs + 1_000;
    expect((await send(access, server.url)).status).toBe(200);
    expect(await world.storedGrant(entry)).toMatchObject({ generation: 1, redeeming: { generation: 1 } });
    const shouts = world.events.filter(({ type }) => type === "grant.unsaved");
    expect(shouts).toMatchObject([{ server: "example", error: { code: "vault_unwritable" } }]);
    expect(shouts[0]).toHaveProperty("error.message", expect.stringMatching(/renewed grant of example is not stored yet: .*grant-.*kept in memory and tried again/));
    expect(shouts[0]).toHaveProperty("error.hint", expect.stringMatching(/writable.*room on its disk.*leave this program running/));
    const other = send(world.access(entry), server.url);
    expect((await send(access, server.url)).status).toBe(200);
    await free();
    expect((await other).status).toBe(200);
    expect(await world.storedGrant(entry)).toMatchObject({ generation: 2, lineage: [{ event: "signed-in" }, { event: "renewed" }] });
    expect(world.ledger.count({ path: "/token" })).toBe(1);
    await waitUntil(() => world.events.some(({ type }) => type === "grant.saved"), "the news that it is stored");
  });

  test("for long: the process that has it goes on with it, and stores it later", async () => {
    const { world, server, entry } = await openSigned({ issuer: { rotation: "family" } });
    const { block, free } = await blocking(world);
    const access = world.access(entry, { runtime: answering(block), unsavedMs: 500 });
    world.clock.aheadMs = hourMs + 1_000;
    expect((await send(access, server.url)).status).toBe(200);
    // Its key is free again when this comes through.
    await world.vault.update((await world.vault.list()).find(({ key }) => key.startsWith("grant-"))!.key, async () => "keep");
    await free();
    expect((await send(access, server.url)).status).toBe(200);
    expect(await world.storedGrant(entry)).toMatchObject({ generation: 1 });
    world.clock.aheadMs += 31_000;
    expect((await send(access, server.url)).status).toBe(200);
    await waitUntil(async () => (await world.storedGrant(entry))?.generation === 2, "the grant to be stored after all");
    expect(world.ledger.count({ path: "/token" })).toBe(1);
  });

  test("is forgotten when somebody has signed in or out meanwhile", async () => {
    const { world, server, entry } = await openSigned({ issuer: { rotation: "family" } });
    const { block, free } = await blocking(world);
    const access = world.access(entry, { runtime: answering(block), unsavedMs: 200 });
    world.clock.aheadMs = hourMs + 1_000;
    expect((await send(access, server.url)).status).toBe(200);
    await world.vault.update((await world.vault.list()).find(({ key }) => key.startsWith("grant-"))!.key, async () => "keep");
    await free();
    await world.access(entry).signOut({ keepRemote: true });
    world.clock.aheadMs += 31_000;
    expect((await refusal(send(access, server.url))).code).toBe("sign_in_required");
    expect(await world.storedGrant(entry)).toBeUndefined();
  });

  test("a process that ends waits for it", async () => {
    const { world, server, entry } = await openSigned({ issuer: { rotation: "family" } });
    const script = await buildScript(`
      import { chmod } from "node:fs/promises";
      import { openAccess } from "./src/access/access.ts";
      import { openServerMemory } from "./src/access/server-memory.ts";
      import { Emitter } from "./src/base/events.ts";
      import { createNodeRuntime } from "./src/surfaces/node/node-runtime.ts";
      import { openFileVault } from "./src/vault/file-vault.ts";
      const { home, entry, aheadMs } = JSON.parse(process.argv[2]!);
      if (process.getuid?.() === 0) process.setuid?.(${nobody});
      const directory = home + "/data/vault";
      const node = createNodeRuntime({ environment: process.env, homeDirectory: home, workingDirectory: "/" });
      const fetch: typeof node.fetch = async (url, init) => {
        const answer = await node.fetch(url, init);
        if (url.endsWith("/token")) {
          await chmod(directory, 0o500);
          setTimeout(() => void chmod(directory, 0o700), 1_000).unref();
        }
        return answer;
      };
      const now = () => Date.now() + aheadMs;
      const events = new Emitter();
      events.subscribe((event) => console.log(event.type));
      const vault = openFileVault({ directory, now, environment: { MCPASS_KEY_SOURCE: "file" } });
      const access = openAccess({ runtime: { ...node, now, fetch }, vault, memory: openServerMemory({ directory: home + "/cache" }), events, name: "example", entry });
      const answer = await access.fetch(entry.url, { method: "POST", headers: { "content-type": "application/json", accept: "application/json, text/event-stream" }, body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} }) });
      console.log(answer.status);
      await vault.close();
      process.exit();
    `);
    if (process.getuid?.() === 0) for (const path of [world.home, ...(await readdir(world.home, { recursive: true })).map((name) => join(world.home, name))]) await chown(path, nobody, nobody);
    const { stdout, stderr } = await script.run(JSON.stringify({ home: world.home, entry, aheadMs: hourMs + 1_000 }));
    await script.remove();
    expect([stderr, stdout]).toEqual(["", "grant.renewed\ngrant.unsaved\n200\ngrant.saved\n"]);
    expect(await world.storedGrant(entry)).toMatchObject({ generation: 2 });
    world.clock.aheadMs = hourMs + 1_000;
    expect((await send(world.access(entry), server.url)).status).toBe(200);
    expect(world.ledger.count({ path: "/token" })).toBe(1);
  });

  test("a vault that cannot be written before anything is sent: nothing is sent, and a token that is still good is used", async () => {
    const { world, server, entry } = await openSigned({ issuer: { rotation: "family" } });
    const { block, free } = await blocking(world);
    await block();
    world.clock.aheadMs = hourMs - 30_000;
    expect((await send(world.access(entry), server.url)).status).toBe(200);
    world.clock.aheadMs = hourMs + 1_000;
    expect(await refusal(send(world.access(entry), server.url))).toMatchObject({ code: "vault_unwritable" });
    expect(world.ledger.count({ path: "/token" })).toBe(0);
    await free();
    expect((await send(world.access(entry), server.url)).status).toBe(200);
  });
});
