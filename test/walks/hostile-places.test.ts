import { execFileSync, spawnSync } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createAuthority } from "../rig/tls.ts";
import { openWalk } from "../rig/walk.ts";

const onLinux = process.platform === "linux";

test.runIf(onLinux)("E01: a file of tls that is a pipe is named, not waited for", async () => {
  const walk = await openWalk();
  const pipe = join(walk.home.directory, "ca.pem");
  execFileSync("mkfifo", [pipe]);
  await walk.configure({ corp: { type: "remote", url: "https://127.0.0.1:9/mcp", tls: { ca: pipe } } });
  const { exitCode, stderr } = await walk.run(["call", "corp", "echo"]);
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining(`${pipe}, which tls.ca names, cannot be used: it is not a file`)]);
  expect((await walk.run(["list"])).stdout).toContain("it is not a file");
});

test("E01: a proxy's password may have a % that encodes nothing; behind a proxy, a name that only the proxy knows counts as reached", async () => {
  const walk = await openWalk();
  const authority = await createAuthority(walk.home.directory);
  const server = await walk.resource({ tls: authority.server({ names: ["mcp.corp.invalid"] }), publicOrigin: "https://mcp.corp.invalid", metadata: {} });
  const proxy = await walk.proxy({ routes: { "mcp.corp.invalid:443": `127.0.0.1:${server.port}` }, credentials: { user: "u", password: "100%" } });
  const env = { HTTPS_PROXY: proxy.url.replace(/\/\/[^@]*@/, "//").replace("//", "//u:100%@"), NODE_EXTRA_CA_CERTS: authority.file };
  const { exitCode, stdout } = await walk.run(["doctor", "https://mcp.corp.invalid/mcp"], { env });
  expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/✓ reach +mcp\.corp\.invalid, through the proxy[^]*verdict: open/)]);
});

test.runIf(onLinux)("U02: where nothing can be kept, nobody is asked to consent: no browser, no code", async () => {
  const walk = await openWalk();
  const issuer = await walk.issuer({ clients: [{ client_id: "mine", redirect_uris: ["http://127.0.0.1:19876/mcp/oauth/callback"] }] });
  const server = await walk.resource({ trusts: issuer });
  await walk.configure({ notes: { type: "remote", url: server.url, oauth: { clientId: "mine" } } });
  // No folder can be made there, by root neither.
  await symlink("/sys/kernel", join(walk.home.directory, "data"));
  for (const words of [["auth", "notes"], ["auth", "notes", "--start"]]) {
    const { exitCode, stderr } = await walk.run(words, { browser: walk.browser() });
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("The vault cannot write")]);
  }
  expect(walk.ledger.count({ path: "/authorize" })).toBe(0);
});

test.runIf(onLinux)("a pipe among the records of the vault is one unreadable record, and nothing waits for it", async () => {
  const walk = await openWalk();
  const vault = join(walk.home.directory, "data", "vault");
  await mkdir(vault, { recursive: true });
  execFileSync("mkfifo", [join(vault, `grant-${"0".repeat(40)}.json`)]);
  const { exitCode, stdout } = await walk.run(["auth", "list"]);
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining("cannot be read: it is not a file")]);
});

test("R09: a client that is left only in a sign-in says how it goes, instead of not being there", async () => {
  const walk = await openWalk();
  const issuer = await walk.issuer({ clientConfiguration: "on" });
  const server = await walk.resource({ trusts: issuer });
  await walk.configure({ notes: { type: "remote", url: server.url } });
  await walk.run(["auth", "notes"], { browser: walk.browser() });
  await walk.run(["clients", "forget", "notes"]);
  for (const word of ["forget", "delete"]) {
    const { exitCode, stderr } = await walk.run(["clients", word, "notes"]);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/is only in the sign-in to notes[^]*hint: mcpass logout notes/)]);
  }
});

test("a vault that cannot be read is this machine's fault, not the server's", async () => {
  const walk = await openWalk();
  const server = await walk.resource({ trusts: await walk.issuer() });
  await mkdir(join(walk.home.directory, "data"));
  await symlink("/dev/null", join(walk.home.directory, "data", "vault"));
  const { exitCode, stdout } = await walk.run(["doctor", server.url]);
  expect([exitCode, stdout]).toEqual([1, expect.stringContaining("verdict: broken: the fault is on this machine")]);
});

const program = join(import.meta.dirname, "../../dist/main.cjs");
const asNobody = ["--reuid", "54321", "--regid", "54321", "--clear-groups"];

/** Only root becomes somebody else, and this folder may be root's alone. */
function maySwitchUser(): boolean {
  return onLinux && process.getuid?.() === 0 && spawnSync("setpriv", [...asNobody, "test", "-r", import.meta.filename]).status === 0;
}

test.runIf(maySwitchUser())("a user whom the system does not know, without HOME, can list", () => {
  const { stdout, stderr, status } = spawnSync("setpriv", [...asNobody, process.execPath, program, "list"], { cwd: "/", env: { PATH: process.env["PATH"] ?? "" }, encoding: "utf8" });
  expect({ stdout, stderr, status }).toEqual({ stdout: "No MCP servers are configured.\n", stderr: expect.stringContaining("Add one with") as string, status: 0 });
});

test.runIf(onLinux)("H01: an endless standard input is given up on, and a timeout beyond what a timer holds says what the most is", async () => {
  const walk = await openWalk();
  await walk.configure({ notes: { type: "remote", url: "https://mcp.example.com/mcp" } });
  const finishing = walk.start(["auth", "notes", "--finish", "-"], { stdin: "open" });
  const zeros = createReadStream("/dev/zero");
  zeros.on("data", (chunk) => finishing.write(String(chunk)));
  const { exitCode, stderr } = await finishing.ended.finally(() => zeros.destroy());
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining("more than 64 MiB came on standard input")]);
  expect((await walk.run(["auth", "notes", "--timeout", "3000000"])).stderr).toContain("at most 2000000");
});
