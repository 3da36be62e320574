import { expect, test } from "vitest";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { ResourceServerOptions } from "../servers/resource-server.ts";
import { expectKept, vaultFiles } from "./places.ts";

async function requestsOf(walk: Walk, args: readonly string[]): Promise<{ exitCode: number | null; stdout: string; stderr: string; requests: string[] }> {
  const before = walk.ledger.entries.length;
  const { exitCode, stdout, stderr } = await walk.run(args, { browser: walk.browser() });
  return { exitCode, stdout, stderr, requests: walk.ledger.sequence().slice(before) };
}

async function closedCalls(options: ResourceServerOptions = {}): Promise<{ walk: Walk; issuer: Awaited<ReturnType<Walk["issuer"]>>; url: string }> {
  const walk = await openWalk();
  const issuer = await walk.issuer();
  const server = await walk.resource({ trusts: issuer, guard: "closed-calls", ...options });
  await walk.configure({ example: { type: "remote", url: server.url } });
  return { walk, issuer, url: server.url };
}

const look = ["resource POST /mcp initialize → 200", "resource POST /mcp notifications/initialized → 202", "resource POST /mcp tools/list → 200", "resource DELETE /mcp → 200"];
const metadata = ["resource GET /.well-known/oauth-protected-resource/mcp → 200", "issuer GET /.well-known/oauth-authorization-server → 200"];
const grant = ["issuer POST /register → 201", "issuer GET /authorize → 302", "issuer POST /token authorization_code → 200"];

test("X01 a server that refuses only calls is connected without a sign-in; the call says that it needs one", async () => {
  const { walk } = await closedCalls();
  expect((await requestsOf(walk, ["list"])).stdout).toContain("✓ example  connected  3 tools");
  const { exitCode, stdout, stderr, requests } = await requestsOf(walk, ["call", "example", "whoami", "--args", "{}"]);
  expect([exitCode, stdout, stderr]).toEqual([4, "", "error: example needs a sign-in.\nhint: mcpass auth example\n"]);
  const refused = requests.indexOf("resource POST /mcp tools/call → 401");
  expect(requests.slice(refused, refused + 3)).toEqual(["resource POST /mcp tools/call → 401", ...metadata]);
  expect(walk.ledger.count({ path: "/register" })).toBe(0);
});

test("X01 auth finds the sign-in of a server that refuses only calls, claims nothing without a stored grant, and calls work afterwards", async () => {
  const { walk, issuer } = await closedCalls();
  const auth = await requestsOf(walk, ["auth", "example"]);
  expect(auth.requests).toEqual(["resource POST /mcp initialize → 200", "resource DELETE /mcp → 200", ...metadata, ...grant, ...look]);
  expect(auth.stderr).toContain("Signed in to example as default");
  expect(Object.keys(await vaultFiles(walk)).filter((name) => /^grant-.*json$/.test(name))).toHaveLength(1);
  const { exitCode, stdout } = await requestsOf(walk, ["call", "example", "whoami", "--args", "{}"]);
  expect([exitCode, JSON.parse(stdout)]).toEqual([0, { subject: "alice", scopes: [] }]);
  await expectKept(walk, issuer);
});

test("X01 call --sign-in signs in at the 401 of the call, with that tool's own metadata, and repeats the call once", async () => {
  const { walk, issuer } = await closedCalls({ perToolMetadata: true });
  const { exitCode, stdout, requests } = await requestsOf(walk, ["call", "example", "whoami", "--args", "{}", "--sign-in"]);
  expect([exitCode, JSON.parse(stdout)]).toEqual([0, { subject: "alice", scopes: [] }]);
  expect(requests.filter((line) => line.includes("tools/call"))).toEqual(["resource POST /mcp tools/call → 401", "resource POST /mcp tools/call → 200"]);
  expect(requests.filter((line) => line.startsWith("issuer"))).toEqual([metadata[1], ...grant]);
  expect(requests.filter((line) => line.includes("oauth-protected-resource"))).toHaveLength(1);
  await expectKept(walk, issuer);
});

for (const options of [{}, { authorizationServerWellKnown: "unauthorized" as const }, { catchAll: "html" as const }, { wire: "modern" as const }]) {
  test(`X04 an open server is asked for nothing under .well-known by list, tools, call and inspect (${JSON.stringify(options)})`, async () => {
    const walk = await openWalk();
    const server = await walk.resource({ metadata: {}, ...options });
    await walk.configure({ open: { type: "remote", url: server.url } });
    const codes: (number | null)[] = [];
    for (const args of [["list"], ["tools", "open"], ["call", "open", "echo", "text=x"], ["inspect", "open"], ["list", "--json"]]) codes.push((await walk.run(args)).exitCode);
    expect(codes).toEqual([0, 0, 0, 0, 0]);
    expect(walk.ledger.sequence().filter((line) => line.includes("well-known"))).toEqual([]);
    expect(await vaultFiles(walk)).toEqual({});
    expect((await walk.run(["list", "--offline"])).stdout).toContain("✓ open  needs no sign-in");
  });
}

test("X04 auth of an open server says that it needs no sign-in, stores no grant, and opens no browser", async () => {
  const walk = await openWalk();
  const server = await walk.resource({ metadata: {} });
  await walk.configure({ open: { type: "remote", url: server.url } });
  const browser = walk.browser();
  const { exitCode, stdout, stderr } = await walk.run(["auth", "open"], { browser });
  expect([exitCode, stdout, stderr]).toEqual([0, "", "open needs no sign-in.\n"]);
  expect(await vaultFiles(walk)).toEqual({});
  await expect(browser.pages(1)).rejects.toThrow("to be written");
});

test("X05 a server that answers 405 to GET and challenges POST alone is seen to need a sign-in", async () => {
  const { walk } = await closedCalls({ guard: "bearer", getAnswer: "405" });
  const { stdout, requests } = await requestsOf(walk, ["list"]);
  expect(stdout).toContain("⚠ example  needs authentication");
  expect(requests).toEqual(["resource POST /mcp initialize → 401", ...metadata]);
});

test("X05 a server of 2024-11-05 that challenges its GET alone is seen to need a sign-in, and is signed in to", async () => {
  const { walk, issuer } = await closedCalls({ guard: "bearer", wire: "sse" });
  const { stdout, requests } = await requestsOf(walk, ["list"]);
  expect(stdout).toContain("⚠ example  needs authentication");
  expect(requests).toEqual(["resource POST /mcp initialize → 405", "resource GET /mcp → 401", ...metadata]);
  expect((await requestsOf(walk, ["auth", "example"])).exitCode).toBe(0);
  const { exitCode, stdout: said } = await requestsOf(walk, ["call", "example", "echo", "--args", '{"text":"over SSE"}']);
  expect([exitCode, said]).toEqual([0, "over SSE\n"]);
  await expectKept(walk, issuer);
});

test("D05 a 401 without a challenge from a server that publishes nothing is failed as an API-key server, not needs_auth", async () => {
  const walk = await openWalk();
  for (const challenge of ["bare", "negotiate", "invalid-token"] as const) {
    const server = await walk.resource({ guard: "bearer", challenge, metadata: {} });
    await walk.configure({ example: { type: "remote", url: server.url } });
    const { stdout } = await walk.run(["list", "--json"]);
    const [row] = (JSON.parse(stdout) as { servers: { status: string; error: { code: string }; hint: string }[] }).servers;
    expect([row?.status, row?.error.code, row?.hint]).toEqual(["failed", "oauth_unsupported", expect.stringContaining('"headers"')]);
  }
  expect(walk.ledger.count({ path: "/register" })).toBe(0);
});
