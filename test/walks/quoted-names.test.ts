import { execFileSync } from "node:child_process";
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
