import { expect, test } from "vitest";
import { ask, type ServingProgram, startServing } from "../rig/serving.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import { waitUntil } from "../rig/wait.ts";
import { fileURLToPath } from "node:url";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ResourceServer } from "../servers/resource-server.ts";

const localServer = fileURLToPath(new URL("../servers/stdio-server.mjs", import.meta.url));

async function openScene(): Promise<{ walk: Walk; serving: ServingProgram; open: ResourceServer }> {
  const walk = await openWalk();
  const issuer = await walk.issuer();
  const notes = await walk.resource({ trusts: issuer });
  const open = await walk.resource({ party: "open" });
  await walk.configure({
    notes: { type: "remote", url: notes.url },
    open: { type: "remote", url: open.url },
    local: { type: "local", command: [process.execPath, localServer] },
    off: { type: "remote", url: open.url, enabled: false },
    keyed: { type: "remote", url: notes.url, oauth: false },
    gone: { type: "remote", url: "http://127.0.0.1:9/mcp" },
  });
  return { walk, open, serving: await startServing(walk) };
}

const path = (name: string): { path: { name: string } } => ({ path: { name } });

test("X06: the first status is told when every server was tried, and each is what the server said", async () => {
  const { serving } = await openScene();
  const statuses = {
    notes: { status: "needs_auth" },
    open: { status: "connected" },
    local: { status: "connected" },
    off: { status: "disabled" },
    keyed: { status: "failed", error: expect.any(String) as string },
    gone: { status: "failed", error: expect.stringContaining("127.0.0.1:9") as string },
  };
  expect((await serving.first.mcp.status()).data).toEqual(statuses);
  expect((await serving.second.mcp.status()).data).toEqual(statuses);
  expect((await serving.first.mcp.status({ query: { directory: "/somewhere" } })).data).toEqual(statuses);
});

test("connect answers whether it is connected, and why not stands in the status; disconnect stays down", async () => {
  const { serving, open } = await openScene();
  expect((await serving.first.mcp.connect(path("open"))).data).toBe(true);
  expect((await serving.second.mcp.disconnect({ name: "open" })).data).toBe(true);
  expect((await serving.second.mcp.status()).data?.["open"]).toEqual({ status: "disabled" });
  expect((await serving.ask("GET", "/mcp/open/tools")).json).toMatchObject({ code: "server_disabled" });
  expect((await serving.first.mcp.disconnect(path("open"))).data).toBe(true);
  expect((await serving.second.mcp.connect({ name: "open" })).data).toBe(true);
  expect((await serving.ask("GET", "/mcp/open/tools")).status).toBe(200);
  for (const name of ["notes", "gone"]) expect((await serving.second.mcp.connect({ name })).data).toBe(false);
  open.refuse();
  await serving.second.mcp.disconnect({ name: "open" });
  expect((await serving.second.mcp.connect({ name: "open" })).data).toBe(false);
  expect((await serving.second.mcp.status()).data?.["open"]).toMatchObject({ status: "failed", error: expect.any(String) as string });
});

test("an unknown server is OpenCode's 404 everywhere, whatever characters its name has", async () => {
  const { serving } = await openScene();
  for (const name of ["nope", "no/pe", "a b?c#d", "ünï", "%2e", "100%", "__proto__", "constructor", "x".repeat(300)]) {
    const notFound = { _tag: "McpServerNotFoundError", name, message: `MCP server not found: ${name}` };
    for (const answer of [
      await serving.second.mcp.auth.start({ name }),
      await serving.second.mcp.auth.authenticate({ name }),
      await serving.second.mcp.auth.callback({ name, code: "x" }),
      await serving.second.mcp.auth.remove({ name }),
      await serving.second.mcp.connect({ name }),
      await serving.second.mcp.disconnect({ name }),
    ]) {
      expect([answer.response?.status, answer.error]).toEqual([404, notFound]);
    }
    const at = `/mcp/${encodeURIComponent(name)}`;
    for (const [method, rest] of [["GET", ""], ["DELETE", ""], ["GET", "/tools"], ["POST", "/tools/x"], ["GET", "/doctor"]] as const) {
      expect(await serving.ask(method, `${at}${rest}`)).toMatchObject({ status: 404, json: notFound });
    }
  }
});

test("a server without OAuth is OpenCode's 400", async () => {
  const { serving } = await openScene();
  for (const name of ["local", "keyed"]) {
    for (const answer of [await serving.second.mcp.auth.start({ name }), await serving.second.mcp.auth.authenticate({ name }), await serving.first.mcp.auth.start(path(name))]) {
      expect([answer.response?.status, answer.error]).toEqual([400, expect.objectContaining({ error: `MCP server ${name} does not support OAuth`, code: "oauth_unsupported" })]);
    }
  }
  expect((await serving.second.mcp.auth.start({ name: "open" })).data).toMatchObject({ authorizationUrl: "" });
  expect((await serving.second.mcp.auth.remove({ name: "local" })).data).toEqual({ success: true });
});

test("a server is added for the time of this process, replaced, used and removed; files stay as they are", async () => {
  const { serving, walk, open } = await openScene();
  const file = join(walk.home.directory, "config", "mcpass.jsonc");
  const before = await readFile(file, "utf8");
  const name = "tëam/one two?";
  const added = await serving.first.mcp.add({ body: { name, config: { type: "remote", url: open.url } } });
  expect(added.data).toMatchObject({ open: { status: "connected" }, [name]: { status: "connected" } });
  const at = `/mcp/${encodeURIComponent(name)}`;
  expect((await serving.ask("POST", `${at}/tools/echo`, { body: { arguments: { text: "hi" } } })).json).toMatchObject({ content: [{ text: "hi" }] });
  expect((await serving.second.mcp.add({ name, config: { type: "local", command: [process.execPath, localServer] } })).data?.[name]).toEqual({ status: "connected" });
  expect((await serving.ask("GET", at)).json).toMatchObject({ type: "local", url: null, tools: expect.any(Number) as number });
  expect((await serving.second.mcp.add({ name: "asleep", config: { type: "remote", url: open.url, enabled: false } })).data?.["asleep"]).toEqual({ status: "disabled" });
  expect((await serving.ask("DELETE", at)).json).not.toHaveProperty([name]);
  expect((await serving.ask("GET", at)).status).toBe(404);
  expect(await readFile(file, "utf8")).toBe(before);
});

test("what cannot be added is a 400 that says why, and the name oauth is reserved", async () => {
  const { serving, open } = await openScene();
  const config = { type: "remote" as const, url: open.url };
  for (const [body, words] of [
    [{ name: "x" }, /config is missing/],
    [{ config }, /name is missing/],
    [{ name: 5, config }, /name must be a text/],
    [{ name: "", config }, /must be a text that is not empty/],
    [{ name: "..", config }, /must be another text/],
    [[], /must be an object/],
  ] as const) {
    const answer = await serving.ask("POST", "/mcp", { body });
    expect(answer).toMatchObject({ status: 400, json: { name: "BadRequest", data: { kind: "Payload", message: expect.stringMatching(words) as string } } });
  }
  for (const body of [{ name: "oauth", config }, { name: "x", config: { type: "remote" } }, { name: "x", config: { type: "carrier pigeon" } }, { name: "x", config: { type: "remote", url: "ftp://x" } }, { name: "x", config: { type: "remote", url: "{env:MISSING_VARIABLE}" } }]) {
    const answer = await serving.ask("POST", "/mcp", { body });
    expect({ body, status: answer.status }).toEqual({ body, status: 400 });
    expect(answer.json).toMatchObject({ error: expect.any(String) as string, code: expect.any(String) as string });
  }
  expect(Object.keys((await serving.second.mcp.status()).data ?? {})).not.toContain("x");
});

test("doctor's report, the document and a page to read it are served", async () => {
  const { serving } = await openScene();
  expect((await serving.ask("GET", "/mcp/notes/doctor")).json).toMatchObject({ server: "notes", verdict: { kind: "oauth_ready", words: "OAuth ready: mcpass can sign in" }, remedy: { command: "mcpass auth notes" } });
  expect((await serving.ask("GET", "/mcp/gone/doctor?trace=true")).json).toMatchObject({ verdict: { kind: "broken" }, exchanges: expect.any(Array) as unknown[] });
  expect((await serving.ask("GET", "/doc")).json).toEqual(JSON.parse(await readFile("docs/openapi.json", "utf8")));
  const page = await serving.ask("GET", "/doc/reference");
  expect(page.text).toContain("GET /mcp/{name}/doctor");
  expect(page.text).not.toMatch(/<script|src=|https?:\/\/(?!127\.0\.0\.1)/);
  expect((await serving.ask("GET", "/health")).json).toEqual({ name: "mcpass", version: expect.any(String) as string, ok: true, processId: serving.program.pid });
  expect((await ask(serving.url, "GET", "/health")).json).toEqual({ name: "mcpass", version: expect.any(String) as string, ok: true });
});

test("OpenCode's clients hear what happens", async () => {
  const { serving, walk } = await openScene();
  await serving.second.mcp.status();
  const heard: { type: string; properties: Record<string, unknown> }[] = [];
  const ended = new AbortController();
  const { stream } = await serving.first.event.subscribe({ signal: ended.signal });
  const listening = (async () => {
    for await (const event of stream) heard.push(event as never);
  })().catch(() => undefined);
  await waitUntil(() => heard.length > 0, "the greeting");
  const { data } = await serving.second.mcp.auth.start({ name: "notes" });
  await fetch(data?.authorizationUrl ?? "");
  await waitUntil(() => heard.some(({ type }) => type === "mcp.tools.changed"), "the tools to be told");
  await serving.second.mcp.auth.remove({ name: "notes" });
  await waitUntil(() => heard.at(-1)?.type === "mcp.status.changed" && JSON.stringify(heard.at(-1)?.properties["status"]) === '{"status":"needs_auth"}', "the sign-out to be told");
  ended.abort();
  await listening;
  const about = heard.filter(({ properties }) => properties["server"] === "notes");
  expect(heard[0]).toMatchObject({ type: "server.connected", properties: { resumed: false } });
  expect(about.map(({ type }) => type).filter((type, index, all) => type !== all[index - 1])).toEqual(["mcp.auth.started", "mcp.auth.finished", "mcp.status.changed", "mcp.tools.changed", "mcp.status.changed"]);
  expect(about.find(({ type }) => type === "mcp.auth.started")?.properties).toMatchObject({ authorizationUrl: data?.authorizationUrl });
  expect(walk.printed()).not.toContain("internal");
});

test("a second serve on the same port says who is there; the first goes on", async () => {
  const { serving, walk } = await openScene();
  const second = await walk.run(["serve", "--port", String(serving.port)]);
  expect(second.exitCode).toBe(1);
  expect(second.stderr).toMatch(new RegExp(`error: Port ${String(serving.port)} is taken: mcpass \\S+, \\S+ \\(process ${String(serving.program.pid)}\\), serves there\\.`));
  expect(second.stderr).toContain(`hint: Use that one: mcpass serve --link --port ${String(serving.port)}`);
  expect((await serving.ask("GET", "/health")).status).toBe(200);
  const other = await walk.bystander("other");
  const third = await walk.run(["serve", "--port", String(new URL(other.origin).port)]);
  expect(third.stderr).toMatch(/is taken: .*\(process \d+\) listens there/);
});
