import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { canary } from "../rig/canary.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import { freePort } from "../rig/free-port.ts";
import { expectOnlyAt } from "./places.ts";

interface Row {
  readonly name: string;
  readonly status: string;
  readonly error: { readonly code: string } | null;
  readonly hint: string | null;
}

async function rowsOf(walk: Walk, options: Parameters<Walk["run"]>[1] = {}, ...flags: string[]): Promise<Row[]> {
  const { stdout } = await walk.run(["list", "--json", ...flags], options);
  return (JSON.parse(stdout) as { servers: Row[] }).servers;
}

const statuses = (rows: readonly Row[]): unknown[] => rows.map(({ name, status, error, hint }) => [name, status, error?.code ?? null, hint]);

/** A folder with a project file in it, below the home. */
async function project(walk: Walk, content: object): Promise<{ folder: string; file: string; write(content: object): Promise<void> }> {
  const folder = join(walk.home.directory, "work", "app");
  await mkdir(folder, { recursive: true });
  const file = join(folder, "mcpass.jsonc");
  const write = (next: object): Promise<void> => writeFile(file, JSON.stringify(next, null, 2));
  await write(content);
  return { folder, file, write };
}

test("an opencode.json works as it is, in both of its shapes: comments, references, overrides, oauth keys", async () => {
  const walk = await openWalk();
  const key = canary("key");
  const redirectUri = `http://127.0.0.1:${String(await freePort())}/mcp/oauth/callback`;
  const issuer = await walk.issuer({ clients: [{ client_id: "known", redirect_uris: [redirectUri] }] });
  const [open, keyed, guarded] = [await walk.resource(), await walk.resource({ party: "keyed", guard: "api-key", apiKey: { name: "x-api-key", value: key } }), await walk.resource({ party: "guarded", trusts: issuer })];
  const first = `{
    "$schema": "https://opencode.ai/config.json", // an editor's line
    "theme": "system",
    "mcp": {
      "open": { "type": "remote", "url": "${open.url}", "enabled": true },
      "keyed": { "type": "remote", "url": "${keyed.url}", "headers": { "X-Api-Key": "{env:TEAM_KEY}" }, "timeout": 5000, },
      "guarded": { "type": "remote", "url": "${guarded.url}", "oauth": { "clientId": "known", "scope": "mcp:read", "redirectUri": "${redirectUri}" } },
      /* switched off */ "local": { "type": "local", "command": ["node", "x.js"], "environment": { "A": "b" }, "enabled": false },
    },
  }`;
  const second = JSON.stringify({ mcp: { timeout: { startup: 5000 }, servers: { open: { type: "remote", url: open.url }, guarded: { type: "remote", url: guarded.url, oauth: { client_id: "known", redirect_uri: redirectUri } } } } });
  await writeFile(join(walk.home.directory, "opencode.json"), first);
  await writeFile(join(walk.home.directory, "second.json"), second);
  const env = { TEAM_KEY: key };
  expect(statuses(await rowsOf(walk, { env }, "--config", "opencode.json"))).toEqual([["open", "connected", null, null], ["keyed", "connected", null, null], ["guarded", "needs_auth", "sign_in_required", "mcpass auth guarded"], ["local", "disabled", null, null]]);
  expect(statuses(await rowsOf(walk, {}, "--config", "second.json"))).toEqual([["open", "connected", null, null], ["guarded", "needs_auth", "sign_in_required", "mcpass auth guarded"]]);
  for (const file of ["opencode.json", "second.json"]) {
    const { stderr } = await walk.run(["auth", "guarded", "--no-browser", "--timeout", "1", "--config", file], { env });
    expect(stderr).toMatch(/client {7}known, as configured/);
  }
  expect([await readFile(join(walk.home.directory, "opencode.json"), "utf8"), walk.ledger.count({ path: "/register" })]).toEqual([first, 0]);
  await expectOnlyAt(walk, [key], ["keyed"]);
});

test("MCPASS_CONFIG replaces the user's and the project's file, and --config replaces it", async () => {
  const walk = await openWalk();
  const server = await walk.resource();
  const write = async (file: string, name: string): Promise<void> => writeFile(join(walk.home.directory, file), JSON.stringify({ mcp: { [name]: { type: "remote", url: server.url } } }));
  await walk.configure({ users: { type: "remote", url: server.url } });
  await write("by-variable.json", "by-variable");
  await write("by-flag.json", "by-flag");
  const env = { MCPASS_CONFIG: join(walk.home.directory, "by-variable.json") };
  expect((await rowsOf(walk, { env })).map(({ name }) => name)).toEqual(["by-variable"]);
  expect((await rowsOf(walk, { env }, "--config", "by-flag.json")).map(({ name }) => name)).toEqual(["by-flag"]);
  expect((await rowsOf(walk)).map(({ name }) => name)).toEqual(["users"]);
});

test("Z06 an entry that stands only in a project's file is inert: no request, no variable or file is read, no command starts, in any command", async () => {
  const walk = await openWalk();
  const [token, content] = [canary("variable"), canary("file")];
  const server = await walk.resource();
  await mkdir(join(walk.home.directory, "config"));
  await writeFile(join(walk.home.directory, "config", "secret.txt"), content);
  const marker = join(walk.home.directory, "started");
  const { folder } = await project(walk, {
    mcp: {
      theirs: { type: "remote", url: server.url, headers: { Authorization: "Bearer {env:TEAM_TOKEN}", "X-File": "{file:../../config/secret.txt}" } },
      unset: { type: "remote", url: "http://{env:NOT_SET}.invalid/mcp" },
      starts: { type: "local", command: ["touch", marker] },
    },
  });
  const options = { cwd: folder, env: { TEAM_TOKEN: token } };
  expect(statuses(await rowsOf(walk, options))).toEqual(["theirs", "unset", "starts"].map((name) => [name, "failed", "untrusted", "mcpass trust"]));
  for (const args of [["tools", "theirs"], ["auth", "theirs"], ["call", "starts", "x"], ["inspect", "theirs", "--sign-in"], ["list", "--offline"]]) {
    const { exitCode, stderr } = await walk.run(args, options);
    expect([args, exitCode]).toEqual([args, args[0] === "list" ? 0 : 1]);
    if (args[0] !== "list") expect(stderr).toContain("hint: mcpass trust");
  }
  expect([walk.ledger.entries.length, await readFile(marker, "utf8").catch(() => "never started")]).toEqual([0, "never started"]);
  await expectOnlyAt(walk, [token, content], []);
});

test("Z06 mcpass trust shows what the file would contact, start, read and use; trusted it works, and changed it is inert again", async () => {
  const walk = await openWalk();
  const token = canary("variable");
  const server = await walk.resource({ guard: "static-bearer", staticBearer: token });
  const entry = { type: "remote", url: server.url, headers: { Authorization: "Bearer {env:TEAM_TOKEN}" } };
  const { folder, file, write } = await project(walk, { mcp: { theirs: entry, starts: { type: "local", command: ["npx", "their server"], enabled: false } } });
  const options = { cwd: folder, env: { TEAM_TOKEN: token } };

  const refused = await walk.run(["trust"], options);
  expect([refused.exitCode, refused.stderr]).toEqual([2, "error: there is no terminal to ask in whether this is to be trusted\nhint: read it, then mcpass trust --yes\n"]);
  for (const fact of [file, server.url, "TEAM_TOKEN", "Authorization", 'npx "their server"']) expect(refused.stdout).toContain(fact);
  expect(statuses(await rowsOf(walk, options))[0]).toEqual(["theirs", "failed", "untrusted", "mcpass trust"]);

  const session = walk.terminal(["trust"], options);
  await session.waitFor(/Trust .*mcpass\.jsonc\? \[y\/N\]/);
  session.type("n\r");
  expect([(await session.ended).exitCode, (await rowsOf(walk, options))[0]?.error?.code]).toEqual([1, "untrusted"]);
  const agreed = walk.terminal(["trust"], options);
  await agreed.waitFor(/\[y\/N\]/);
  agreed.type("y\r");
  expect((await agreed.ended).exitCode).toBe(0);
  expect(walk.ledger.entries).toEqual([]);
  expect((await rowsOf(walk, options))[0]?.status).toBe("connected");
  expect((await walk.run(["call", "theirs", "echo", "text=trusted"], options)).stdout).toBe("trusted\n");

  walk.ledger.clear();
  const elsewhere = await walk.resource({ party: "elsewhere" });
  await write({ mcp: { theirs: { ...entry, url: elsewhere.url } } });
  expect(statuses(await rowsOf(walk, options))).toEqual([["theirs", "failed", "untrusted", "mcpass trust"]]);
  expect((await walk.run(["trust"], options)).stdout).toContain("changed since it was trusted");
  expect(walk.ledger.entries).toEqual([]);
  await expectOnlyAt(walk, [token], ["resource"]);
});

test("Z06 on a user's server a project's file may only switch it off, time it and choose the account; its URL and headers there count for nothing", async () => {
  const walk = await openWalk();
  const [mine, theirs] = [await walk.resource({ party: "mine" }), await walk.resource({ party: "theirs" })];
  await walk.configure({ shared: { type: "remote", url: mine.url }, other: { type: "remote", url: mine.url } });
  const { folder, write } = await project(walk, { account: "work", mcp: { shared: { type: "remote", url: theirs.url, headers: { "X-Evil": "1" } }, other: { enabled: false } } });
  const rows = await rowsOf(walk, { cwd: folder });
  expect(rows.map(({ name, status }) => [name, status])).toEqual([["shared", "connected"], ["other", "disabled"]]);
  expect([walk.ledger.count({ party: "theirs" }), walk.ledger.find({ party: "mine" }).some(({ headers }) => "x-evil" in headers)]).toEqual([0, false]);
  await write({ mcp: { other: { enabled: true } } });
  await walk.configure({ other: { type: "remote", url: mine.url, enabled: false } });
  expect((await rowsOf(walk, { cwd: folder }))[0]?.status).toBe("disabled");
});

test("U06 add and remove change their own lines only: comments and the rest of the file stay as they were", async () => {
  const walk = await openWalk();
  const server = await walk.resource();
  const file = await walk.configure({});
  const before = `{\n  // mine, with care\n  "mcp": {\n    "old": { "type": "remote", "url": "${server.url}" }, // keep me\n  },\n  "account": "default", /* and me */\n}\n`;
  await writeFile(file, before);
  expect((await walk.run(["add", "new", server.url, "--scope", "a b"])).exitCode).toBe(0);
  expect((await rowsOf(walk)).map(({ name, status }) => [name, status])).toEqual([["old", "connected"], ["new", "connected"]]);
  const between = await readFile(file, "utf8");
  for (const kept of ["// mine, with care", "// keep me", "/* and me */"]) expect(between).toContain(kept);
  expect((await walk.run(["add", "new", server.url])).exitCode).not.toBe(0);
  expect((await walk.run(["remove", "new"])).exitCode).toBe(0);
  const after = await readFile(file, "utf8");
  for (const kept of ["// mine, with care", "// keep me", "/* and me */"]) expect(after).toContain(kept);
  expect((await rowsOf(walk)).map(({ name }) => name)).toEqual(["old"]);
});

test("U06 add keeps a command and its flags, references instead of secrets, and with --project writes an entry that still has to be trusted", async () => {
  const walk = await openWalk();
  const server = await walk.resource({ guard: "api-key", apiKey: { name: "x-api-key", value: "from-variable" } });
  const { folder, file } = await project(walk, { mcp: {} });
  const options = { cwd: folder, env: { TEAM_KEY: "from-variable" } };
  expect((await walk.run(["add", "files", "--", "file-server", "--root", "/tmp"], options)).exitCode).toBe(0);
  expect((await walk.run(["add", "team", server.url, "--project", "--header", "X-Api-Key={env:TEAM_KEY}"], options)).exitCode).toBe(0);
  const users = JSON.parse(await readFile(join(walk.home.directory, "config", "mcpass.jsonc"), "utf8")) as { mcp: { files: unknown } };
  expect(users.mcp.files).toEqual({ type: "local", command: ["file-server", "--root", "/tmp"] });
  expect(await readFile(file, "utf8")).toContain("{env:TEAM_KEY}");
  expect((await rowsOf(walk, options)).find(({ name }) => name === "team")?.error?.code).toBe("untrusted");
  expect((await walk.run(["trust", "--yes"], options)).exitCode).toBe(0);
  expect((await rowsOf(walk, options)).find(({ name }) => name === "team")?.status).toBe("connected");
});
