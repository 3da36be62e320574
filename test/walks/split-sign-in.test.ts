import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

import { pendingKey } from "../../src/vault/vault-key.ts";
import { expectNowhere } from "../rig/canary.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import { vaultOf } from "./age-grant.ts";
import { vaultDirectory, vaultFiles } from "./places.ts";

interface Started {
  readonly event: string;
  readonly url: string;
  readonly state: string;
  readonly redirectUri: string;
  readonly expiresAt: number;
}

async function openScene(options: AuthorizationServerOptions = {}): Promise<{ walk: Walk; issuer: AuthorizationServer }> {
  const walk = await openWalk();
  const issuer = await walk.issuer(options);
  const server = await walk.resource({ trusts: issuer });
  const other = await walk.resource({ party: "other", trusts: issuer });
  await walk.configure({ notes: { type: "remote", url: server.url }, other: { type: "remote", url: other.url } });
  return { walk, issuer };
}

async function start(walk: Walk, ...words: string[]): Promise<Started> {
  const { exitCode, stdout, stderr } = await walk.run(["auth", "notes", "--start", "--json", ...words]);
  expect({ exitCode, stderr: exitCode === 0 ? "" : stderr }).toEqual({ exitCode: 0, stderr: "" });
  return JSON.parse(stdout) as Started;
}

/** The person's browser, on another machine: where the issuer sends it after consent. */
async function approve(url: string): Promise<string> {
  const answer = await fetch(url, { redirect: "manual" });
  return answer.headers.get("location") ?? "";
}

async function pendingFiles(walk: Walk): Promise<readonly string[]> {
  const names = Object.keys(await vaultFiles(walk));
  return names.filter((name) => /^pending-.*\.json$/.test(name)).map((name) => join(vaultDirectory(walk), name));
}

async function verifierOf(walk: Walk, state: string): Promise<string> {
  const record = await vaultOf(walk).read(pendingKey(state));
  return record?.kind === "pending" ? record.pending.verifier : "";
}

test("H01: a sign-in begins in one process and completes in another, from the address on standard input; nothing listens and nothing is opened", async () => {
  const { walk, issuer } = await openScene();
  const started = await start(walk);
  expect(started).toMatchObject({ event: "authorization", redirectUri: "http://127.0.0.1:19876/mcp/oauth/callback" });
  expect(new URL(started.url).searchParams.get("state")).toBe(started.state);
  const [file = ""] = await pendingFiles(walk);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(file).not.toContain(started.state);
  const verifier = await verifierOf(walk, started.state);
  expect([verifier.length, (await readFile(file, "utf8")).includes(verifier)]).toEqual([43, false]);

  const redirect = await approve(started.url);
  const finished = await walk.run(["auth", "notes", "--finish", "-", "--json"], { stdin: `${redirect}\n` });
  expect(finished.exitCode).toBe(0);
  expect(JSON.parse(finished.stdout)).toMatchObject({ event: "signed_in", already: false, tools: 3 });
  expect(finished.stderr).toContain("Signed in to notes");
  expect(await pendingFiles(walk)).toEqual([]);
  expect((await walk.run(["call", "notes", "add_numbers", "a=1", "b=2"])).stdout).toContain("3");
  expect(walk.ledger.count({ party: "issuer", method: "POST", path: "/token" })).toBe(1);
  const texts = { printed: walk.printed() };
  expectNowhere([verifier, ...issuer.secrets("access-token"), ...issuer.secrets("refresh-token"), ...issuer.secrets("code")], { texts });
});

test("H01: the redirect may be an argument; an address that was used, is foreign, garbled or another server's says so, and changes nothing", async () => {
  const { walk } = await openScene();
  const { url, state } = await start(walk);
  const redirect = await approve(url);
  const refused = async (server: string, text: string): Promise<string> => {
    const { exitCode, stderr } = await walk.run(["auth", server, "--finish", text]);
    expect(exitCode).toBe(1);
    return stderr;
  };
  expect(await refused("notes", redirect.replace(state, `${state}x`))).toContain("its state is unknown");
  expect(await refused("other", redirect)).toContain("belongs to a sign-in to notes, not to other");
  expect(await refused("notes", `${redirect.split("?")[0] ?? ""}?state=${state}`)).toContain("neither a code nor an error");
  expect(await refused("notes", "no address at all")).toContain("it is not an address");
  expect(await refused("other", "no address at all")).toContain("no sign-in to it is under way");
  expect((await walk.run(["auth", "notes", "--finish", redirect])).exitCode).toBe(0);
  expect(await refused("notes", redirect)).toContain("it was used already");
  expect((await walk.run(["auth", "notes", "--start", "--finish", redirect])).exitCode).toBe(2);
  expect((await walk.run(["auth", "notes", "--finish", "-"], { stdin: "" })).exitCode).toBe(2);
}, 60_000);

test("H01: of two processes that finish the same sign-in one does, and its code is exchanged once", async () => {
  const { walk } = await openScene();
  const redirect = await approve((await start(walk)).url);
  const ends = await Promise.all([1, 2, 3].map(() => walk.run(["auth", "notes", "--finish", redirect])));
  expect(ends.map(({ exitCode }) => exitCode).toSorted()).toEqual([0, 1, 1]);
  expect(walk.ledger.count({ party: "issuer", method: "POST", path: "/token" })).toBe(1);
});

test("H01: a sign-in that was not finished in time says so, and the next start sweeps it away", async () => {
  const { walk } = await openScene();
  const { url } = await start(walk, "--timeout", "1");
  const redirect = await approve(url);
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const late = await walk.run(["auth", "notes", "--finish", redirect]);
  expect([late.exitCode, late.stderr]).toEqual([1, expect.stringContaining("was to be finished by")]);
  await start(walk, "--timeout", "1");
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await start(walk);
  expect(await pendingFiles(walk)).toHaveLength(1);
  expect(walk.ledger.count({ party: "issuer", method: "POST", path: "/token" })).toBe(0);
});

test("H01: what the issuer refused is told, and a bare code is enough only while one sign-in waits and its issuer promises no iss", async () => {
  const { walk, issuer } = await openScene();
  issuer.toggles.issAdvertised = false;
  const first = await start(walk);
  const code = new URL(await approve(first.url)).searchParams.get("code") ?? "";
  const second = await start(walk, "--account", "work");
  expect((await walk.run(["auth", "notes", "--finish", code])).stderr).toContain("while several sign-ins are waiting");
  issuer.toggles.approval = "deny";
  const denied = await walk.run(["auth", "notes", "--finish", await approve(second.url)]);
  expect([denied.exitCode, denied.stderr]).toEqual([1, expect.stringContaining("access_denied")]);
  expect((await walk.run(["auth", "notes", "--finish", code])).exitCode).toBe(0);
  issuer.toggles.approval = "auto";
  issuer.toggles.issAdvertised = true;
  const third = await start(walk, "--account", "home");
  expect((await walk.run(["auth", "notes", "--finish", new URL(await approve(third.url)).searchParams.get("code") ?? ""])).stderr).toContain("not enough for this issuer");
}, 60_000);

test("H05: a sign-in begun on this machine for one account is finished for it; the verifier never left this machine", async () => {
  const { walk } = await openScene();
  const { url, state } = await start(walk, "--account", "work");
  const redirect = await approve(url);
  const wrong = await walk.run(["auth", "notes", "--account", "home", "--finish", redirect]);
  expect([wrong.exitCode, wrong.stderr]).toEqual([1, expect.stringContaining("of the account work, not of home")]);
  const verifier = await verifierOf(walk, state);
  expectNowhere([verifier], { ledger: walk.ledger, texts: { url, printed: walk.printed() } });
  expect((await walk.run(["auth", "notes", "--finish", redirect])).stderr).toContain("as work at");
  const { stdout } = await walk.run(["auth", "list", "--json"]);
  expect(stdout).toContain('"work"');
}, 60_000);

test("S05: a first half that was abandoned touches no grant: the signed-in server still works, and --start says that it is signed in", async () => {
  const { walk } = await openScene();
  expect((await walk.run(["auth", "notes", "--finish", await approve((await start(walk)).url)])).exitCode).toBe(0);
  const again = await walk.run(["auth", "notes", "--start", "--json"]);
  expect(JSON.parse(again.stdout)).toMatchObject({ event: "signed_in", already: true });
  await start(walk, "--force");
  expect((await walk.run(["call", "notes", "echo", "text=hi"])).stdout).toContain("hi");
  const people = await walk.run(["auth", "notes", "--start", "--force"]);
  expect(people.stdout.trim()).toMatch(/^http\S+$/);
  expect(people.stderr).toContain("mcpass auth notes --finish -");
}, 60_000);
