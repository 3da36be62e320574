import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { beforeAll, expect, test } from "vitest";

import { requireClients } from "../rig/other-clients.mjs";
import { startServing } from "../rig/serving.ts";
import { useWithOtherClients } from "../rig/use-other-clients.ts";
import type { Walk } from "../rig/walk.ts";
import { scene } from "./held-sign-in.ts";

beforeAll(() => void requireClients(), 300_000);

async function signedIn(): Promise<Walk> {
  const { walk } = await scene();
  expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
  return walk;
}

const merged = { prefix: "example__", uri: "mcpass:example/test://note" };

test("mcporter and the inspector list, call and read a server that only mcpass is signed in to, by the file that install --gateway wrote: at its own address, and where all servers are one", async () => {
  const walk = await signedIn();
  const { port } = await startServing(walk);
  for (const words of [[], ["example"]]) expect((await walk.run(["install", "claude-code", ...words, "--gateway", "--port", String(port)])).exitCode).toBe(0);
  const file = join(walk.home.directory, ".claude.json");
  await useWithOtherClients(walk, { file, server: "example" });
  await useWithOtherClients(walk, { file, server: "mcpass", ...merged });
}, 120_000);

test("they do so with the token of serve too, in an entry that a person wrote", async () => {
  const walk = await signedIn();
  const { url, token } = await startServing(walk);
  const file = join(walk.home.directory, "clients.json");
  const entryOf = (path: string): object => ({ type: "http", url: `${url}${path}`, headers: { Authorization: `Bearer ${token}` } });
  await writeFile(file, JSON.stringify({ mcpServers: { one: entryOf("/gateway/example"), all: entryOf("/gateway") } }));
  await useWithOtherClients(walk, { file, server: "one" });
  await useWithOtherClients(walk, { file, server: "all", ...merged });
}, 120_000);
