import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { type Loose, type Message, modernMeta, type StdioHost, stdioHost } from "../rig/stdio-host.ts";
import { waitUntil } from "../rig/wait.ts";
import type { Walk } from "../rig/walk.ts";
import { asked, comeBack, scene } from "./held-sign-in.ts";

function startHost(walk: Walk, args: readonly string[] = [], options: Parameters<Walk["start"]>[1] = {}): StdioHost {
  return stdioHost(walk.start(["bridge", "example", ...args], { stdin: "open", timeoutMs: 60_000, ...options }));
}

const names = (message: Message): string[] => message.result.tools.map(({ name }: { name: string }) => name);
const words = (message: Message): string => message.result?.content?.[0]?.text;
const callAdd = { name: "add_numbers", arguments: { a: 2, b: 3 } };

test("U03 X07 B02 without a sign-in the host sees one tool that says how; when somebody has signed in elsewhere, the lists change and the tools are there", async () => {
  const { walk } = await scene();
  const host = startHost(walk);
  const { result } = await host.open();
  expect(result).toMatchObject({ protocolVersion: "2025-11-25", capabilities: { tools: { listChanged: true } } });
  expect(names(await host.request("tools/list"))).toEqual(["sign_in"]);
  expect((await host.request("prompts/list")).result).toEqual({ prompts: [] });
  const said = await host.request("tools/call", { name: "sign_in", arguments: {} });
  expect(said.result.isError).toBe(true);
  expect(words(said)).toMatch(/^example needs a sign-in by its user. Open this address in a browser: http:\/\/127\.0\.0\.1:\d+\/authorize\?\S+ Or run: mcpass auth example\. Then try again\.$/);
  expect((await host.request("resources/read", { uri: "test://note" })).error).toMatchObject({ code: -32_000, data: { code: "sign_in_required", url: expect.stringContaining("/authorize?"), command: "mcpass auth example" } });
  expect(asked(walk).opened).toBe(0);
  const before = host.messages().length;
  // The address works as it was shown, in any browser.
  await fetch(/http\S+authorize\S+/.exec(words(said))?.[0] ?? "");
  await host.heard("notifications/tools/list_changed", before);
  expect(names(await host.request("tools/list"))).toEqual(["add_numbers", "echo", "whoami"]);
  expect(words(await host.request("tools/call", callAdd))).toBe("5");
  expect(asked(walk)).toEqual({ registered: 1, opened: 1, exchanged: 1 });
});

test("X07 B03 a sign-in by another process is noticed by every bridge that waits, without another one", async () => {
  const { walk } = await scene();
  const hosts = [startHost(walk), startHost(walk)];
  for (const host of hosts) {
    await host.open();
    expect(names(await host.request("tools/list"))).toEqual(["sign_in"]);
  }
  expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
  for (const host of hosts) {
    await host.heard("notifications/tools/list_changed");
    expect(words(await host.request("tools/call", callAdd))).toBe("5");
  }
  expect(asked(walk)).toEqual({ registered: 1, opened: 1, exchanged: 1 });
});

test("X07 a sign-in that comes between the server's refusal and the first look for one is noticed, too", async () => {
  const { walk, server } = await scene();
  const { metadata } = server.toggles;
  server.toggles.metadata = { inserted: { slowMs: 4_000 } };
  const host = startHost(walk);
  await host.open();
  const listed = host.request("tools/list");
  // It was refused, and is finding out what that means.
  await waitUntil(() => walk.ledger.count({ path: "/.well-known/oauth-protected-resource*" }) > 0 || undefined, "the look at the metadata");
  server.toggles.metadata = metadata;
  expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
  expect(names(await listed)).toEqual(["sign_in"]);
  await host.heard("notifications/tools/list_changed");
  expect(words(await host.request("tools/call", callAdd))).toBe("5");
});

for (const modern of [false, true]) {
  test(`U03 a host that can show an address (${modern ? "2026-07-28" : "2025-11-25"}) is asked by URL elicitation, and its call goes on by itself`, async () => {
    const { walk } = await scene();
    const host = startHost(walk);
    const capabilities = { elicitation: { form: {}, url: {} } };
    const meta = modern ? modernMeta(capabilities) : {};
    if (modern) await host.request("server/discover", meta);
    else await host.open("2025-11-25", capabilities);
    if (modern) {
      const first = await host.request("tools/call", { ...callAdd, ...meta });
      const { resultType, requestState, inputRequests } = first.result;
      expect([resultType, typeof requestState]).toEqual(["input_required", "string"]);
      const [[key, { method, params }]] = Object.entries<Loose>(inputRequests) as [[string, Loose]];
      expect([method, params.mode]).toEqual(["elicitation/create", "url"]);
      const again = host.request("tools/call", { ...callAdd, ...meta, requestState, inputResponses: { [key]: { action: "accept" } } });
      await fetch(params.url);
      expect(words(await again)).toBe("5");
    } else {
      const call = host.request("tools/call", callAdd);
      const { id, params } = await host.heard("elicitation/create");
      expect(params).toMatchObject({ mode: "url", elicitationId: expect.any(String), message: expect.stringContaining("example needs your sign-in at http://127.0.0.1:") });
      host.send({ id: id ?? null, result: { action: "accept" } });
      await fetch(params.url);
      expect(words(await call)).toBe("5");
      await host.heard("notifications/elicitation/complete");
    }
    expect(asked(walk)).toEqual({ registered: 1, opened: 1, exchanged: 1 });
  });
}

test("U03 a person who says no to the address is told the command instead, and nothing waits", async () => {
  const { walk } = await scene();
  const host = startHost(walk);
  await host.open("2025-11-25", { elicitation: { url: {} } });
  const call = host.request("tools/call", callAdd);
  const { id } = await host.heard("elicitation/create");
  host.send({ id: id ?? null, result: { action: "decline" } });
  expect(words(await call)).toContain("mcpass auth example");
});

test("a tool that is left out stays so for a host that says it has been asked to sign in", async () => {
  const { walk } = await scene();
  const host = startHost(walk, ["--ignore-tool", "add_*"]);
  const meta = modernMeta({ elicitation: { url: {} } });
  await host.request("server/discover", meta);
  const [, params] = Object.entries<Loose>((await host.request("tools/call", { name: "echo", arguments: { text: "x" }, ...meta })).result.inputRequests)[0] as [string, Loose];
  const answered = host.request("tools/call", { ...callAdd, ...meta, requestState: "mcpass-sign-in", inputResponses: { mcpass_sign_in: { action: "accept" } } });
  await fetch(params.params.url);
  expect(words(await answered)).toContain("left out by the settings of mcpass");
  expect(walk.ledger.entries.some(({ body }) => body?.includes("add_numbers") === true)).toBe(false);
});

test("U03 the command that a person is told signs in to the account that the bridge is for", async () => {
  const { walk } = await scene();
  const host = startHost(walk, ["--account", "at work"]);
  await host.open();
  await host.request("tools/list");
  expect(words(await host.request("tools/call", { name: "sign_in", arguments: {} }))).toContain('mcpass auth example --account "at work". Then try again.');
  expect((await walk.run(["auth", "example", "--account", "at work"], { browser: walk.browser() })).exitCode).toBe(0);
  await host.heard("notifications/tools/list_changed");
  expect(words(await host.request("tools/call", callAdd))).toBe("5");
});

test("B01 five bridges started at once without a sign-in, whose leader is killed after the browser opened: one registration, one page, and the five that are left or come again work", async () => {
  const { walk, issuer } = await scene();
  const browser = walk.browser({ hold: true });
  const hosts = Array.from({ length: 5 }, () => startHost(walk, ["--open"], { browser }));
  await Promise.all(hosts.map((host) => host.open()));
  const redirect = await browser.heldUrl();
  const leader = hosts.find(({ program }) => program.stderr().includes("Opening the browser"));
  expect(leader).toBeDefined();
  leader?.program.signal("SIGKILL");
  const left = hosts.filter((host) => host !== leader);
  await waitUntil(() => left.some(({ program }) => program.stderr().includes("goes on in its place")), "another bridge to take over");
  // The host starts the one that was killed again.
  const again = startHost(walk, ["--open"], { browser });
  await again.open();
  expect((await comeBack(redirect)).status).toBe(200);
  for (const host of [...left, again]) {
    await host.heard("notifications/tools/list_changed");
    expect(names(await host.request("tools/list"))).toContain("add_numbers");
    expect(words(await host.request("tools/call", callAdd))).toBe("5");
  }
  expect(asked(walk)).toEqual({ registered: 1, opened: 1, exchanged: 1 });
  for (const secret of issuer.secrets()) expect(walk.printed()).not.toContain(secret);
});

test("B01 the browser is opened unasked where the user's own file says so, and where a project's says so it is not", async () => {
  const { walk } = await scene();
  const project = join(walk.home.directory, "project");
  await mkdir(project);
  await writeFile(join(project, "mcpass.jsonc"), JSON.stringify({ bridge: { open: true } }));
  const browser = walk.browser();
  const before = startHost(walk, [], { browser, cwd: project });
  await before.open();
  expect(names(await before.request("tools/list"))).toEqual(["sign_in"]);
  // By then a sign-in is under way, and it says so when it opens its address.
  expect(words(await before.request("tools/call", { name: "sign_in", arguments: {} }))).toContain("/authorize?");
  expect(before.program.stderr()).not.toContain("Opening the browser");
  await before.program.stop();
  expect(asked(walk).opened).toBe(0);
  const { mcp } = JSON.parse(await readFile(join(walk.home.directory, "config", "mcpass.jsonc"), "utf8"));
  await walk.configure(mcp, { bridge: { open: true } });
  const host = startHost(walk, [], { browser });
  await host.open();
  await host.heard("notifications/tools/list_changed");
  expect(words(await host.request("tools/call", callAdd))).toBe("5");
  expect(asked(walk)).toEqual({ registered: 1, opened: 1, exchanged: 1 });
});

test("B01 a bridge that leads a sign-in without a browser leaves it to the next program that has one: the command it named opens the page, once", async () => {
  const { walk } = await scene();
  const host = startHost(walk);
  await host.open();
  await host.request("tools/list");
  expect(words(await host.request("tools/call", { name: "sign_in", arguments: {} }))).toContain("mcpass auth example");
  const browser = walk.browser();
  const results = await Promise.all([1, 2].map(() => walk.run(["auth", "example"], { browser })));
  expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  await host.heard("notifications/tools/list_changed");
  expect(asked(walk)).toEqual({ registered: 1, opened: 1, exchanged: 1 });
});
