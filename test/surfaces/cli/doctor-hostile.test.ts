import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { canary, expectNowhere } from "../../rig/canary.ts";
import { waitUntil } from "../../rig/wait.ts";
import { openWalk, type Walk } from "../../rig/walk.ts";
import { json, type Listening, type Reply, text } from "../../servers/listener.ts";
import { ageGrant } from "../../walks/age-grant.ts";

/** A server that is its own issuer, and as false as `answer` makes it; what that leaves open is honest. */
async function liar(walk: Walk, answer: (asked: { readonly method: string; readonly path: string }, origin: string) => Reply | undefined): Promise<Listening> {
  let origin = "";
  const server = await walk.bystander("liar", (asked) => {
    const false_ = answer(asked, origin);
    if (false_ !== undefined) return false_;
    if (asked.method === "POST") return text(401, "", { "www-authenticate": "Bearer" });
    if (asked.path.includes("oauth-protected-resource")) return json(200, { resource: `${origin}/mcp`, authorization_servers: [origin] });
    if (asked.path.includes("oauth-authorization-server")) return json(200, { issuer: origin, authorization_endpoint: `${origin}/a`, token_endpoint: `${origin}/t`, registration_endpoint: `${origin}/r`, code_challenge_methods_supported: ["S256"] });
    return text(404, "");
  });
  ({ origin } = server);
  return server;
}

test("whatever hangs — many issuers, a program that makes headers, a local server — doctor ends in less than ten seconds and says what it was", async () => {
  const walk = await openWalk();
  const { origin } = await liar(walk, ({ method, path }, at) =>
    method === "POST" ? undefined : path.includes("protected-resource") ? json(200, { resource: `${at}/mcp`, authorization_servers: Array.from({ length: 20 }, (_, index) => `${at}/i${index}`) }) : { status: 200, hang: true },
  );
  const url = `${origin}/mcp`;
  await walk.configure({ corp: { type: "remote", url, headersCommand: ["sleep", "60"] }, local: { type: "local", command: ["sleep", "60"] } });
  const [issuers, corp, local] = await Promise.all([url, "corp", "local"].map((word) => walk.run(["doctor", word])));
  expect([issuers, corp, local].map((ended) => ended !== undefined && ended.elapsedMs < 10_000 && ended.exitCode)).toEqual([1, 1, 1]);
  expect(issuers?.stdout).toContain("was not sent: the time for looking was over");
  expect(issuers?.stdout).toContain("broken: the fault is the authorization server's");
  expect(corp?.stdout).toMatch(/✗ configuration .*sleep did not end within 5 s[^]*broken: the fault is in the configuration/);
  expect(local?.stdout).toMatch(/did not answer within 6\.5 s[^]*broken: the fault is the server's[^]*remedy: Run its command by hand/);
});

test("H07: a helper that fails runs once, and is the verdict: nothing says that the server refused headers that it never saw", async () => {
  const walk = await openWalk();
  const [counter, server] = [join(walk.home.directory, "runs"), await walk.resource({ guard: "static-bearer", staticBearer: "k" })];
  await walk.configure({ corp: { type: "remote", url: server.url, headersCommand: ["sh", "-c", `echo >> ${counter}; echo no ticket >&2; exit 7`] } });
  const { exitCode, stdout } = await walk.run(["doctor", "corp"]);
  expect([exitCode, stdout]).toEqual([1, expect.stringContaining("verdict: broken: the fault is in the configuration")]);
  expect(stdout).toContain("sh ended with exit code 7: no ticket");
  expect(stdout).not.toContain("refused");
  expect(await readFile(counter, "utf8")).toBe("\n");
});

test("H07: Ctrl-C ends doctor at once, also while a helper runs", async () => {
  const walk = await openWalk();
  await walk.configure({ corp: { type: "remote", url: "https://mcp.corp.example/mcp", headersCommand: ["sh", "-c", `echo > ${walk.home.directory}/running; exec sleep 30`] } });
  const doctor = walk.start(["doctor", "corp"]);
  await waitUntil(() => existsSync(join(walk.home.directory, "running")) || undefined, "the helper");
  const at = Date.now();
  doctor.signal("SIGINT");
  expect((await doctor.ended).exitCode).toBe(130);
  expect(Date.now() - at).toBeLessThan(15_000);
});

test("a server that moved within its origin is followed, as calls follow it; one that points elsewhere is not, and the remedy names its address", async () => {
  const walk = await openWalk();
  const moved = await walk.resource({ path: "/mcp/", redirect: { from: "/mcp", to: "/mcp/", status: 307 } });
  expect((await walk.run(["doctor", `${moved.origin}/mcp`])).stdout).toMatch(/✓ first request .*\/mcp\/;[^]*verdict: open/);
  const away = await liar(walk, ({ method }) => (method === "POST" ? { status: 307, headers: { location: moved.url } } : undefined));
  const { stdout } = await walk.run(["doctor", `${away.origin}/mcp`]);
  expect(stdout).toContain(`points to ${moved.url}, which is not followed`);
  expect(stdout).toContain("remedy: If that is where the server is now, use that address as its url.");
  expect(walk.ledger.count({ party: "resource", path: "/mcp/" })).toBe(2);
});

test("a token that is over and can be renewed, and one that is bound to a key, count as signed in", async () => {
  const walk = await openWalk();
  const issuer = await walk.issuer({ dpop: "accepted", dpopNonce: "required" });
  const server = await walk.resource({ trusts: issuer, dpop: "accepted", dpopNonce: "required" });
  await walk.configure({ notes: { type: "remote", url: server.url, oauth: { dpop: true } }, plain: { type: "remote", url: server.url, account: "plain" } });
  expect((await walk.run(["auth", "notes"], { browser: walk.browser() })).exitCode).toBe(0);
  expect((await walk.run(["doctor", "notes"])).stdout).toMatch(/✓ stored token +200 taken[^]*verdict: OAuth ready: signed in, and the token is accepted/);
  expect((await walk.run(["auth", "plain"], { browser: walk.browser() })).exitCode).toBe(0);
  await ageGrant(walk, server.url, -1000, "plain");
  const { stdout } = await walk.run(["doctor", "plain"]);
  expect(stdout).toMatch(/stored token +over; the next call renews it[^]*verdict: OAuth ready: signed in, and the next call renews the token/);
  expect(stdout).not.toContain("remedy");
});

test("where nothing listens, or something that speaks neither HTTP nor TLS, the leg and the remedy say so", async () => {
  const walk = await openWalk();
  const { port, stop } = await walk.bystander("gone");
  await stop();
  const gone = await walk.run(["doctor", `http://127.0.0.1:${port}/mcp`]);
  expect(gone.stdout).toMatch(/✗ reach .*and no connection came about/);
  expect(gone.stdout).toContain("remedy: Check the address, and the network, VPN or proxy");
  const plain = await walk.bystander("plain", () => ({ status: 200, take: (response) => void response.socket?.end("SSH-2.0-OpenSSH_9.6\r\n") }));
  expect((await walk.run(["doctor", `http://127.0.0.1:${plain.port}/mcp`])).stdout).toMatch(/does not speak HTTP[^]*remedy: Check the port/);
  expect((await walk.run(["doctor", `https://127.0.0.1:${plain.port}/mcp`])).stdout).toMatch(/✗ tls .*does not speak TLS[^]*remedy: Check the port/);
});

test("X01: an open server whose metadata names an issuer that cannot be read still says that calls may be closed", async () => {
  const walk = await openWalk();
  const { origin } = await liar(walk, ({ method, path }) => (method === "POST" ? json(200, { jsonrpc: "2.0", id: 1, result: { protocolVersion: { toString: 1, valueOf: 1 }, serverInfo: { name: "\u001b]0;x\u0007me\u202e" } } }) : path.includes("authorization-server") ? json(500, {}) : undefined));
  const { stdout, exitCode } = await walk.run(["doctor", `${origin}/mcp`]);
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining("verdict: open list but closed calls")]);
  expect(stdout).toMatch(/✓ first request .*200 me speaks no version/);
});

test("endpoints that nobody may name are the authorization server's fault, and what has no host is shown as it stands", async () => {
  const walk = await openWalk();
  const { origin } = await liar(walk, ({ path }, at) => (path.includes("authorization-server") ? json(200, { issuer: at, authorization_endpoint: "javascript:alert(1)", token_endpoint: `${at}/t` }) : undefined));
  const { stdout } = await walk.run(["doctor", `${origin}/mcp`]);
  expect(stdout).toContain("(javascript:alert(1)) has the scheme javascript:");
  expect(stdout).toContain("broken: the fault is the authorization server's");
  expect(stdout).toContain("remedy: Tell the authorization server's operator");
});

test("Z05: a key in an address given in place of a name is in neither the output nor the report", async () => {
  const walk = await openWalk();
  const key = canary("address-key");
  const server = await walk.resource({ metadata: {} });
  const [word, report] = [`${server.url}?api_key=${key}`, join(walk.home.directory, "report.json")];
  await walk.run(["doctor", word, "--trace", "--report", report]);
  await walk.run(["doctor", word, "--json"]);
  expectNowhere([key], { texts: { printed: walk.printed(), report: await readFile(report, "utf8") } });
});

test("a report is readable without a home, never takes the place of what is no file, and leaves nothing behind where it cannot be written", async () => {
  const walk = await openWalk();
  const server = await walk.resource({ metadata: {} });
  const directory = join(walk.home.directory, "reports");
  await mkdir(directory);
  const report = join(directory, "report.json");
  await walk.run(["doctor", server.url, "--report", report], { env: { HOME: "/" } });
  expect((JSON.parse(await readFile(report, "utf8")) as { url: string }).url).toBe(server.url);
  const again = await walk.run(["doctor", server.url, "--report", directory]);
  expect([again.exitCode, again.stderr]).toEqual([2, expect.stringContaining("could not be written to")]);
  await writeFile(join(directory, "file"), "");
  expect((await walk.run(["doctor", server.url, "--report", join(directory, "file", "x")])).exitCode).toBe(2);
  expect(await readdir(directory)).toEqual(["file", "report.json"]);
  const pipe = join(walk.home.directory, "pipe");
  execFileSync("mkfifo", [pipe]);
  const [read] = await Promise.all([readFile(pipe, "utf8"), walk.run(["doctor", server.url, "--report", pipe])]);
  expect([read, (await stat(pipe)).isFIFO()]).toEqual([expect.stringContaining('"product": "mcpass'), true]);
});

test("an address without its scheme is no name, and the hint says what is missing", async () => {
  const walk = await openWalk();
  expect((await walk.run(["doctor", "mcp.example.com/mcp"])).stderr).toContain("hint: an address begins with its scheme: https://mcp.example.com/mcp");
  expect((await walk.run(["doctor", "localhost:3000/mcp"])).stderr).toContain("http://localhost:3000/mcp");
});
