import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startServing } from "../rig/serving.ts";
import { openWalk } from "../rig/walk.ts";

/** What a shell makes of a command that was shown. */
function wordsOf(command: string): readonly string[] {
  return execFileSync("/bin/sh", ["-c", `mcpass() { printf '%s\\n' "$@"; }\n${command}`], { encoding: "utf8" }).trimEnd().split("\n");
}

const odd = ["my notes", "it's $HOME", 'a"b'] as const;

test.skipIf(process.platform === "win32")("the next command is one that a shell reads as it is meant, whatever a server is called: in list, in an error and over HTTP", async () => {
  const walk = await openWalk();
  const issuer = await walk.issuer();
  const { url } = await walk.resource({ trusts: issuer });
  const closed = await walk.bystander("gone");
  await closed.stop();
  await walk.configure(Object.fromEntries(odd.flatMap((name) => [[name, { type: "remote", url }], [`${name} gone`, { type: "remote", url: `${closed.origin}/mcp` }]])));
  const { servers } = JSON.parse((await walk.run(["list", "--json"])).stdout) as { servers: { name: string; hint: string }[] };
  for (const { name, hint } of servers) expect([name, wordsOf(hint)]).toEqual([name, [name.endsWith("gone") ? "doctor" : "auth", name]]);
  const serving = await startServing(walk);
  for (const name of odd) {
    const called = await walk.run(["tools", name]);
    expect([called.exitCode, wordsOf(/^hint: (.*)$/m.exec(called.stderr)?.[1] ?? "")]).toEqual([4, ["auth", name]]);
    const twice = await walk.run(["add", name, url]);
    expect(wordsOf(/^hint: (.*)$/m.exec(twice.stderr)?.[1] ?? "")).toEqual(["remove", name]);
    const refused = await serving.ask("GET", `/mcp/${encodeURIComponent(name)}/tools`);
    expect([refused.status, wordsOf((refused.json as { signIn: { command: string } }).signIn.command)]).toEqual([409, ["auth", name]]);
    const gone = await serving.ask("GET", `/mcp/${encodeURIComponent(`${name} gone`)}`);
    expect(wordsOf((gone.json as { next: string }).next)).toEqual(["doctor", `${name} gone`]);
  }
});

test("a name that a command would read as an option is no server's, whoever wrote it: it is in no command, list or completion, and said to be left out", async () => {
  const walk = await openWalk();
  const { url } = await walk.resource({ trusts: await walk.issuer() });
  const entry = { type: "remote", url };
  await walk.configure({ "--all": entry, good: entry });
  const project = join(walk.home.directory, "project");
  await mkdir(project);
  await writeFile(join(project, "mcpass.jsonc"), JSON.stringify({ mcp: { "-x": entry, "--open": entry, fine: entry } }));
  const listed = await walk.run(["list", "--json"], { cwd: project });
  expect((JSON.parse(listed.stdout) as { servers: { name: string }[] }).servers.map(({ name }) => name)).toEqual(["good", "fine"]);
  const shown = await walk.run(["list"], { cwd: project });
  for (const name of ["--all", "-x", "--open"]) expect(shown.stderr).toContain(`the server "${name}" is left out: every command would read such a name as an option; give it one that does not start with -`);
  const trusted = await walk.run(["trust", "--yes"], { cwd: project });
  expect([trusted.exitCode, trusted.stdout.includes("--open"), trusted.stdout.includes("fine")]).toEqual([0, false, true]);
  for (const name of ["--all", "-x"]) {
    const asked = await walk.run(["auth", "--", name], { cwd: project });
    expect([asked.exitCode, asked.stderr]).toEqual([2, expect.stringContaining(`there is no server "${name}" in the configuration`) as string]);
    expect((await walk.run(["add", "--", name, url])).exitCode).toBe(2);
  }
  const completed = await walk.run(["complete", "--", "auth", ""], { cwd: project });
  expect([completed.stdout.includes("good"), completed.stdout.includes("--open")]).toEqual([true, false]);
  const serving = await startServing(walk);
  expect(await serving.ask("POST", "/mcp", { body: { name: "--all", config: entry } })).toMatchObject({ status: 400 });
  expect(Object.keys((await serving.ask("GET", "/mcp")).json as object)).toEqual(["good"]);
});
