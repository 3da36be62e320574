import { chmod, lstat, mkdir, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { applications, filesOf } from "../../src/config/application/applications.ts";
import { bridgedServer, commandWords } from "../../src/config/application/bridge-entry.ts";
import { openServers } from "../../src/config/application/servers-text.ts";
import { canary } from "../rig/canary.ts";
import { programFile, requireBuilt } from "../rig/program.ts";
import { openWalk, type Walk } from "../rig/walk.ts";

const fixtures: Readonly<Record<string, string>> = { codex: "codex.toml", opencode: "opencode.jsonc" };
const fixture = async (client: string): Promise<string> => readFile(fileURLToPath(new URL(`../config/import/fixtures/servers/${fixtures[client] ?? `${client}.json`}`, import.meta.url)), "utf8");
const remote = { notes: { type: "remote", url: "https://mcp.example.com/mcp" }, "my api": { type: "remote", url: "https://api.example.com/mcp" }, files: { type: "local", command: ["npx", "x"] } };

async function put(path: string, text: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text, { mode: 0o600 });
  return path;
}

function placeOf({ home }: Walk, client: string): string {
  const application = applications.find(({ name }) => name === client)!;
  return filesOf(application, { environment: {}, platform: process.platform, home: home.directory, workingDirectory: home.directory }, false)[0]!;
}

async function ours({ home }: Walk): Promise<Record<string, unknown>> {
  return (JSON.parse(await readFile(join(home.directory, "config/mcpass.jsonc"), "utf8")) as { mcp: Record<string, unknown> }).mcp;
}

test("B05: import shows and adds what a client has, with its variables as ours; what cannot be taken over is told, and its file stays as it is", async () => {
  const walk = await openWalk();
  const text = (await fixture("cursor")).replace("fixture-secret-cursor", canary("cursor"));
  const file = await put(placeOf(walk, "cursor"), text);
  const looked = await walk.run(["import", "cursor", "--print"]);
  expect([looked.exitCode, looked.stderr, await readdir(walk.home.directory)]).toEqual([0, "", [".cursor"]]);
  expect(looked.stdout).toContain("✓ api  would be added\n    https://api.example.com/mcp\n    needs API_KEY in the environment\n");
  const { exitCode, stdout, stderr } = await walk.run(["import", "cursor"]);
  expect([exitCode, stderr]).toEqual([0, ""]);
  expect(stdout).toBe(
    [
      "✓ api  added",
      "    https://api.example.com/mcp",
      "    needs API_KEY in the environment",
      "✓ own-client  added",
      "    https://own.example.com/mcp",
      "    needs MY_APP_SECRET in the environment",
      "✓ files  added",
      `    python ${walk.home.directory}/server.py`,
      "    its envFile is not read here: set its variables in environment",
      "    warning: a secret stands here in plain text too: environment.TOKEN; {env:NAME} in its place keeps it out of the file",
      "⚠ project-tool  not added: it uses ${workspaceFolder}, which only Cursor knows",
      "⚠ sneaky  not added: it has {env:…} or {file:…} in it, which is a plain text there and would be read here",
      "",
      `They are in ${join(walk.home.directory, "config/mcpass.jsonc")}. Cursor's own files are read and never changed.`,
      "hint: mcpass auth api; then mcpass install cursor lets it use the same sign-in",
      "",
    ].join("\n"),
  );
  expect((await ours(walk))["api"]).toEqual({ type: "remote", url: "https://api.example.com/mcp", headers: { Authorization: "Bearer {env:API_KEY}" } });
  expect((await lstat(join(walk.home.directory, "config/mcpass.jsonc"))).mode & 0o777).toBe(0o600);
  expect(await readFile(file, "utf8")).toBe(text);
  const again = JSON.parse((await walk.run(["import", "cursor", "--json"])).stdout) as { servers: { name: string; result: string; secrets: string[] }[] };
  expect(again.servers.map(({ name, result }) => [name, result])).toEqual([["api", "there-already"], ["own-client", "there-already"], ["files", "there-already"], ["project-tool", "left-out"], ["sneaky", "left-out"]]);
  expect(walk.printed()).not.toContain("canary");
});

test("B05: import never overwrites: a name that another server has here stays, and a server that is here under another name is not added twice", async () => {
  const walk = await openWalk();
  await put(placeOf(walk, "claude-code"), await fixture("claude-code"));
  const file = await walk.configure({ notes: { type: "remote", url: "https://elsewhere.example/mcp" }, mine: { type: "remote", url: "https://api.example.com/mcp/" } });
  const before = await readFile(file, "utf8");
  const { exitCode, stdout } = await walk.run(["import", "claude"]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("⚠ notes  not added: another server has this name here, and stays\n");
  expect(stdout).toContain("○ api  is here already, as mine\n");
  expect(stdout).toContain("○ through-us  goes through mcpass already\n");
  const { notes, mine, events, ...others } = await ours(walk);
  expect([notes, mine, events]).toEqual([...Object.values((JSON.parse(before) as { mcp: object }).mcp), { type: "remote", url: "https://events.example.com/sse", transport: "sse" }]);
  expect(Object.keys(others)).toEqual(["own-client", "files"]);
});

test("B05: a file that others can read or write gets no secrets; what holds none goes in", async () => {
  const walk = await openWalk();
  const secret = canary("windsurf");
  await put(placeOf(walk, "windsurf"), JSON.stringify({ mcpServers: { open: { serverUrl: "https://open.example/mcp" }, keyed: { serverUrl: "https://keyed.example/mcp", headers: { "X-Api-Key": secret } } } }));
  const file = await walk.configure({});
  for (const mode of [0o622, 0o644]) {
    await chmod(file, mode);
    const { exitCode, stdout } = await walk.run(["import", "windsurf"]);
    expect([mode, exitCode]).toEqual([mode, 1]);
    expect(stdout).toContain(`✗ keyed  not added: it holds a secret in plain text, and others on this machine can read or write ${file}\n    https://keyed.example/mcp\n    hint: chmod 600 ${file}\n`);
    expect(await readFile(file, "utf8")).not.toContain(secret);
  }
  expect(Object.keys(await ours(walk))).toEqual(["open"]);
  await chmod(file, 0o600);
  const { exitCode, stdout } = await walk.run(["import", "windsurf"]);
  expect([exitCode, stdout.includes("warning: a secret stands here in plain text too: headers.X-Api-Key"), walk.printed().includes(secret)]).toEqual([0, true, false]);
  expect((await ours(walk))["keyed"]).toMatchObject({ headers: { "X-Api-Key": secret } });
});

test("B05: one file that is broken, or a link, is told with its place, and the other of two is read all the same", async () => {
  const walk = await openWalk();
  await put(placeOf(walk, "claude-desktop"), '{ "mcpServers": { "a": "fixture-secret" ');
  await put(placeOf(walk, "claude-code"), await fixture("claude-code"));
  const { exitCode, stdout, stderr } = await walk.run(["import", "claude", "--print"]);
  expect([exitCode, stdout.includes("✓ notes  would be added")]).toEqual([1, true]);
  expect(stderr).toMatch(/^error: .*claude_desktop_config\.json:1:\d+: /);
  expect(stderr).not.toContain("fixture-secret");
  await symlink(placeOf(walk, "claude-code"), await put(placeOf(walk, "zed"), "").then(async (path) => rm(path).then(() => path)));
  const linked = await walk.run(["import", "zed"]);
  expect([linked.exitCode, linked.stderr]).toEqual([1, expect.stringContaining("is a symbolic link, which is not followed") as string]);
});

test.each(applications.map(({ name, title }) => [title, name] as const))("install writes bridges into %s's file beside what is there, twice is as once, and uninstall restores the bytes", async (_title, client) => {
  const walk = await openWalk();
  const application = applications.find(({ name }) => name === client)!;
  const text = await fixture(client);
  const path = await put(placeOf(walk, client), text);
  await chmod(path, 0o640);
  await walk.configure(remote);
  const first = await walk.run(["install", client, "--replace"]);
  expect([first.exitCode, first.stdout]).toEqual([0, ""]);
  expect(first.stderr).toContain("my api as my-api  added\n");
  const installed = await readFile(path, "utf8");
  const { servers } = await openServers(application, { path, text: installed });
  for (const [name, server] of [["notes", "notes"], ["my-api", "my api"]] as const) {
    expect(commandWords(servers.get(name))).toEqual([process.execPath, programFile, "bridge", server, "--home", walk.home.directory]);
    expect(bridgedServer(servers.get(name))).toBe(server);
  }
  expect([await readFile(`${path}.before-mcpass`, "utf8"), (await lstat(path)).mode & 0o777]).toEqual([text, 0o640]);
  const second = await walk.run(["install", client]);
  expect([second.exitCode, await readFile(path, "utf8"), second.stderr.match(/is there already/g)?.length]).toEqual([0, installed, 2]);
  expect((await walk.run(["import", client])).stdout).toContain("○ notes  goes through mcpass already\n");
  const back = await walk.run(["uninstall", client]);
  expect([back.exitCode, await readFile(path, "utf8"), (await lstat(path)).mode & 0o777, (await readdir(dirname(path))).filter((name) => name.includes("before-mcpass"))]).toEqual([0, text, 0o640, []]);
  expect(back.stderr).toContain("(to the byte what it was)");
});

test("who went through mcp-remote imports, installs, and every client shares one sign-in; the bridge stands where mcp-remote stood", async () => {
  const walk = await openWalk();
  const text = '{\n  "mcpServers": {\n    "notes": { "command": "npx", "args": ["mcp-remote", "https://mcp.example.com/mcp"] }\n  }\n}\n';
  const path = await put(placeOf(walk, "claude-desktop"), text);
  expect((await walk.run(["import", "claude"])).stdout).toContain("it went through mcp-remote; here its address is used directly");
  const { exitCode, stderr } = await walk.run(["install", "claude"]);
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining("✓ notes  put in place of the entry that was there") as string]);
  expect(await readFile(path, "utf8")).not.toContain("mcp-remote");
  expect((await walk.run(["uninstall", "claude"])).stderr).toContain("what stood there before was put back");
  expect(await readFile(path, "utf8")).toBe(text);
});

test("a client of the terminal starts `mcpass` where that is this program; a desktop's client, which has another PATH, is given both programs by their paths", async () => {
  const walk = await openWalk();
  await walk.configure({ notes: remote.notes });
  const bin = join(walk.home.directory, "bin");
  await mkdir(bin);
  await symlink(requireBuilt(), join(bin, "mcpass"));
  const env = { PATH: `${bin}:${process.env["PATH"] ?? ""}` };
  const entryOf = async (client: string, key: string): Promise<readonly string[]> => {
    const { stdout, exitCode } = await walk.run(["install", client, "--print"], { env });
    expect(exitCode).toBe(0);
    return commandWords((JSON.parse(stdout) as Record<string, Record<string, unknown>>)[key]?.["notes"]);
  };
  expect((await entryOf("gemini", "mcpServers")).slice(0, 3)).toEqual(["mcpass", "bridge", "notes"]);
  expect((await entryOf("opencode", "mcp")).slice(0, 3)).toEqual(["mcpass", "bridge", "notes"]);
  const desktop = await entryOf("zed", "context_servers");
  expect([desktop[0], await realpath(desktop[1]!)]).toEqual([process.execPath, await realpath(programFile)]);
  await rm(join(bin, "mcpass"));
  await put(join(bin, "mcpass"), "#!/bin/sh\n");
  await chmod(join(bin, "mcpass"), 0o755);
  expect((await entryOf("gemini", "mcpServers"))[0]).toBe(process.execPath);
});

test("a project's file gets words that are right on every machine, for the project's own servers, and gives its servers to the project's file of ours", async () => {
  const walk = await openWalk();
  const folder = join(walk.home.directory, "app");
  await put(join(folder, "mcpass.jsonc"), JSON.stringify({ mcp: { theirs: { type: "remote", url: "https://theirs.example/mcp" } } }));
  await walk.configure(remote);
  const options = { cwd: folder };
  expect((await walk.run(["install", "claude", "--project"], options)).exitCode).toBe(0);
  expect(JSON.parse(await readFile(join(folder, ".mcp.json"), "utf8"))).toEqual({ mcpServers: { theirs: { type: "stdio", command: "mcpass", args: ["bridge", "theirs"] } } });
  const refused = await walk.run(["install", "claude", "theirs"], options);
  expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining("stands in a project's file only") as string]);
  expect((await walk.run(["uninstall", "claude", "--project"], options)).exitCode).toBe(0);
  expect(await readdir(folder)).toEqual(["mcpass.jsonc"]);
  await put(join(folder, ".vscode/mcp.json"), await fixture("vscode"));
  const imported = await walk.run(["import", "vscode", "--project"], options);
  expect([imported.exitCode, imported.stdout]).toEqual([1, expect.stringMatching(/✗ socket {2}not added: [\s\S]*hint: mcpass trust, then mcpass auth api/) as string]);
  expect(Object.keys((JSON.parse(await readFile(join(folder, "mcpass.jsonc"), "utf8")) as { mcp: object }).mcp)).toEqual(["theirs", "api", "own-client", "files"]);
});

test("what cannot be installed is said with what can be done, and nothing is written", async () => {
  const walk = await openWalk();
  const said = async (...args: string[]): Promise<[number | null, string]> => {
    const { exitCode, stderr } = await walk.run(args);
    return [exitCode, stderr];
  };
  expect(await said("install", "cursor")).toEqual([2, "error: no remote server is configured, so there is nothing to install\nhint: mcpass add NAME URL\n"]);
  await walk.configure(remote);
  expect(await said("install", "curser")).toEqual([2, expect.stringContaining("hint: did you mean cursor?") as string]);
  expect(await said("import", "zedd")).toEqual([2, expect.stringContaining("hint: did you mean zed?") as string]);
  expect(await said("install", "cursor", "note")).toEqual([2, expect.stringContaining('hint: did you mean "notes"?') as string]);
  expect(await said("install", "cursor", "files")).toEqual([2, expect.stringContaining('server "files" is a local one, which needs no bridge') as string]);
  expect(await said("uninstall", "cursor", "notes")).toEqual([2, expect.stringContaining('nothing is installed for "notes" there') as string]);
  expect(await said("uninstall", "cursor")).toEqual([0, `Nothing of mcpass stands in ${placeOf(walk, "cursor")}.\n`]);
  const path = placeOf(walk, "cursor");
  await mkdir(dirname(path));
  await put(join(walk.home.directory, "elsewhere.json"), "{}");
  await symlink(join(walk.home.directory, "elsewhere.json"), path);
  expect(await said("install", "cursor")).toEqual([1, expect.stringContaining(`${path} is a symbolic link, which is not followed; it was left as it is`) as string]);
  const printed = await walk.run(["install", "cursor", "--print"]);
  expect([printed.exitCode, printed.stderr, JSON.parse(printed.stdout)]).toEqual([0, expect.stringContaining(`⚠ ${path} is a symbolic link, which is not followed`), { mcpServers: expect.objectContaining({ notes: expect.anything() as object }) as object }]);
  expect([await readFile(join(walk.home.directory, "elsewhere.json"), "utf8"), await readdir(dirname(path))]).toEqual(["{}", ["mcp.json"]]);
});

test("an entry that a person changed since is left and named by uninstall, and --json says the same", async () => {
  const walk = await openWalk();
  await walk.configure(remote);
  const path = placeOf(walk, "cursor");
  expect((await walk.run(["install", "cursor"])).exitCode).toBe(0);
  await writeFile(path, (await readFile(path, "utf8")).replace('"bridge",', '"bridge", "--verbose",'));
  const { exitCode, stdout } = await walk.run(["uninstall", "cursor", "--json"]);
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ client: "cursor", errors: [], files: [{ client: "cursor", file: path, restored: null, servers: [{ name: "notes", result: "changed" }, { name: "my api", as: "my-api", result: "removed" }] }] });
  expect((await walk.run(["uninstall", "cursor"])).stderr).toContain("⚠ notes  has been changed since, and stays");
});

test("completion knows the clients", async () => {
  const walk = await openWalk();
  for (const command of ["import", "install", "uninstall"]) expect((await walk.run(["complete", "--", command, ""])).stdout).toMatch(/^claude-desktop[\s\S]*^gemini/m);
});
