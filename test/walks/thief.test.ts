import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { expectNowhere } from "../rig/canary.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import { ageGrant, storedGrant, vaultOf } from "./age-grant.ts";
import { freePort } from "../rig/free-port.ts";

/** Every byte of every file below the home, as `strings` would read it; key files are known to open everything, and say so. */
async function everyFile(walk: Walk): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(walk.home.directory, { recursive: true, withFileTypes: true });
  // What the walk's own browser wrote down is not the program's.
  const files = entries.filter((entry) => entry.isFile() && !/^(pages|held)-|\.calls$/.test(entry.name)).map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(await Promise.all(files.map(async (file) => [file, (await readFile(file)).toString("latin1")] as const)));
}

/** What other users' tools may see of a process: its arguments, and what its own user sees: its environment. Linux only. */
async function processTexts(pid: number): Promise<Readonly<Record<string, string>>> {
  const read = (what: string): Promise<string> => readFile(`/proc/${String(pid)}/${what}`, "latin1").catch(() => "");
  return { [`arguments of ${String(pid)}`]: await read("cmdline"), [`environment of ${String(pid)}`]: await read("environ") };
}

/** What is sealed of sign-ins under way, as their own program has it. */
async function pendingSecrets(walk: Walk): Promise<readonly string[]> {
  const vault = vaultOf(walk);
  const records = await Promise.all((await vault.list()).map(({ key }) => vault.read(key)));
  return records.flatMap((record) => (record?.kind === "pending" ? [record.pending.verifier, ...(record.pending.dpopKey === undefined ? [] : [record.pending.dpopKey.d])] : []));
}

test("S01, Z05: who has every file, argument, environment, log, report and page of sign-ins, renewals, failures and crashes has nothing to sign in with", async () => {
  const walk = await openWalk();
  const issuer = await walk.issuer({ issueSecret: "always", dpop: "accepted" });
  const server = await walk.resource({ trusts: issuer, dpop: "required" });
  const port = await freePort();
  await walk.configure({ notes: { type: "remote", url: server.url, oauth: { redirectUri: `http://127.0.0.1:${String(port)}/cb`, dpop: true } } });
  const browser = walk.browser();
  const taken: Record<string, string> = {};
  const secrets = new Set<string>();
  const look = async (when: string): Promise<void> => {
    for (const secret of await pendingSecrets(walk)) secrets.add(secret);
    for (const [file, text] of Object.entries(await everyFile(walk))) taken[`${file} ${when}`] = text;
  };

  // A sign-in that is killed while somebody is at the browser, and one begun for another process.
  const abandoned = walk.start(["auth", "notes", "--no-browser"]);
  await abandoned.waitFor(/\/authorize\?/);
  await look("while a sign-in waits");
  Object.assign(taken, await processTexts(abandoned.pid));
  abandoned.signal("SIGKILL");
  await abandoned.ended.catch(() => undefined);
  await walk.run(["auth", "notes", "--start"]);
  await look("after a crash and a first half");
  expect(secrets.size).toBeGreaterThan(1);

  const signedIn = await walk.run(["auth", "notes", "--force", "--verbose"], { browser });
  expect(signedIn, signedIn.stderr).toMatchObject({ exitCode: 0 });
  await look("signed in");
  await ageGrant(walk, server.url, -1_000);
  expect(await walk.run(["call", "notes", "echo", "text=hello", "--verbose"])).toMatchObject({ exitCode: 0 });
  await ageGrant(walk, server.url, -1_000);
  issuer.toggles.refreshAnswer = "echo-secrets";
  await walk.run(["call", "notes", "echo", "text=hello", "--verbose"]);
  await look("after a renewal that failed");
  const report = join(walk.home.directory, "report.json");
  for (const words of [["doctor", "notes", "--trace", "--report", report], ["list", "--json", "--verbose"], ["auth", "list", "--json"], ["vault", "status", "--json"], ["vault", "history", "notes", "--json"], ["vault", "rekey", "--json"]]) await walk.run(words);
  await look("after everything else");

  const grant = await storedGrant(walk, server.url);
  const tokens = [...issuer.secrets("access-token"), ...issuer.secrets("refresh-token")];
  const others = [...issuer.secrets("code"), ...issuer.secrets("verifier"), ...issuer.secrets("client-secret"), ...secrets, ...(grant?.dpopKey === undefined ? [] : [grant.dpopKey.d])];
  expect([tokens.length, others.length].every((count) => count > 3)).toBe(true);
  expect(Object.keys(taken).some((name) => name.includes("report.json"))).toBe(true);
  const pages = Object.fromEntries((await browser.pages()).map(({ body }, index) => [`page ${String(index)}`, body]));
  expectNowhere([...tokens, ...others], { texts: { ...taken, ...pages, printed: walk.printed() } });
}, 90_000);
