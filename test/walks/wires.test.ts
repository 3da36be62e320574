import { expect, test } from "vitest";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServer } from "../servers/authorization-server.ts";
import type { ResourceServer, ResourceServerOptions } from "../servers/resource-server.ts";
import { expectKept } from "./places.ts";

async function open(options: ResourceServerOptions, entry: object = {}): Promise<{ walk: Walk; server: ResourceServer }> {
  const walk = await openWalk();
  const server = await walk.resource({ metadata: {}, ...options });
  await walk.configure({ example: { type: "remote", url: server.url, ...entry } });
  return { walk, server };
}

/** What the server was asked by one run, without paths. */
async function asked(walk: Walk, args: readonly string[]): Promise<{ exitCode: number | null; stdout: string; stderr: string; requests: string[] }> {
  walk.ledger.clear();
  const { exitCode, stdout, stderr } = await walk.run(args);
  return { exitCode, stdout, stderr, requests: walk.ledger.sequence("resource").map((line) => line.replace("resource ", "")) };
}

const echo = ["call", "example", "echo", "--args", '{"text":"over the wire"}'];

const wires = {
  legacy: { version: "2025-11-25", list: ["POST /mcp initialize → 200", "POST /mcp notifications/initialized → 202", "POST /mcp tools/list → 200", "DELETE /mcp → 200"] },
  both: { version: "2025-11-25", list: ["POST /mcp initialize → 200", "POST /mcp notifications/initialized → 202", "POST /mcp tools/list → 200", "DELETE /mcp → 200"] },
  modern: { version: "2026-07-28", list: ["POST /mcp initialize → 400", "POST /mcp server/discover → 200", "POST /mcp tools/list → 200"] },
} as const;

for (const [wire, { version, list }] of Object.entries(wires)) {
  test(`a server whose wire is ${wire} is listed with its revision, shows its tools and is called`, async () => {
    const { walk } = await open({ wire: wire as keyof typeof wires });
    const listed = await asked(walk, ["list"]);
    expect([listed.exitCode, listed.stdout.split("\n")[0]]).toEqual([0, `✓ example  connected  3 tools · ${version}`]);
    expect(listed.requests).toEqual(list);
    expect((await asked(walk, ["tools", "example"])).stdout).toMatch(/^add_numbers\(/);
    const called = await asked(walk, echo);
    expect([called.exitCode, called.stdout, called.stderr]).toEqual([0, "over the wire\n", ""]);
    expect(called.requests.filter((line) => line.includes("tools/call"))).toEqual(["POST /mcp tools/call → 200"]);
  });
}

test("what was learnt of a modern server is asked first the next time, and nothing is asked in vain", async () => {
  const { walk } = await open({ wire: "modern" });
  await walk.run(["list"]);
  expect((await asked(walk, ["list"])).requests).toEqual(["POST /mcp server/discover → 200", "POST /mcp tools/list → 200"]);
});

test("--protocol pins what is spoken, for one run, and a server that does not speak it is a failure in words", async () => {
  const { walk, server } = await open({ wire: "both" });
  const modern = await asked(walk, [...echo, "--protocol", "2026-07-28"]);
  expect([modern.exitCode, modern.requests.some((line) => line.includes("initialize"))]).toEqual([0, false]);
  const legacy = await asked(walk, [...echo, "--protocol", "legacy"]);
  expect([legacy.exitCode, legacy.requests.some((line) => line.includes("server/discover"))]).toEqual([0, false]);
  server.toggles.wire = "legacy";
  const failed = await asked(walk, [...echo, "--protocol", "2026-07-28"]);
  expect([failed.exitCode, failed.stdout]).toEqual([1, ""]);
  expect(failed.stderr).toMatch(/^error: /);
});

test("a server of 2024-11-05 is found by the way the specification says, and called over its event stream", async () => {
  const { walk } = await open({ wire: "sse" });
  const listed = await asked(walk, ["list"]);
  expect(listed.stdout).toMatch(/^✓ example {2}connected/);
  expect(listed.requests).toEqual(["POST /mcp initialize → 405", "GET /mcp → 200"]);
  expect((await asked(walk, echo)).stdout).toBe("over the wire\n");
  expect((await asked(walk, ["tools", "example"])).stdout).toMatch(/^add_numbers\(/);
});

test("--transport sse asks for nothing else, and --transport http never falls back to it", async () => {
  const { walk, server } = await open({ wire: "sse" });
  const sse = await asked(walk, [...echo, "--transport", "sse"]);
  expect([sse.exitCode, sse.stdout, sse.requests[0]]).toEqual([0, "over the wire\n", "GET /mcp → 200"]);
  const http = await asked(walk, [...echo, "--transport", "http"]);
  expect([http.exitCode, http.stdout, http.requests.filter((line) => line.startsWith("GET"))]).toEqual([1, "", []]);
  expect(http.stderr).toMatch(/^error: example answered HTTP 405/);
  for (const [transport, requests] of [["http", ["POST /mcp initialize → 405"]], ["sse", ["GET /mcp → 200"]]] as const) {
    await walk.configure({ example: { type: "remote", url: server.url, transport } });
    expect((await asked(walk, ["list"])).requests).toEqual(requests);
  }
});

test("a server in trouble is not taken for an older one: a 500, a 429 and a page never lead to the event stream", async () => {
  for (const endpointAnswer of ["failing", "busy", "html"] as const) {
    const { walk } = await open({ endpointAnswer });
    const { exitCode, stdout, stderr, requests } = await asked(walk, echo);
    expect([endpointAnswer, exitCode, stdout, requests.filter((line) => line.startsWith("GET"))]).toEqual([endpointAnswer, 1, "", []]);
    expect(stderr).toMatch(/^error: /);
    const listed = await asked(walk, ["list"]);
    expect([endpointAnswer, listed.stdout.split("\n")[0], listed.requests.filter((line) => line.startsWith("GET"))]).toEqual([endpointAnswer, "✗ example  failed", []]);
  }
});

const session = ["POST /mcp initialize → 200", "POST /mcp notifications/initialized → 202", "GET /mcp → 405"];

test("a session that the server forgets is opened anew once, and the call goes on", async () => {
  const { walk } = await open({ requestsPerSession: 3 });
  const { exitCode, stdout, requests } = await asked(walk, ["call", "example", "echo", "text=still here"]);
  expect([exitCode, stdout]).toEqual([0, "still here\n"]);
  expect(requests.slice(1)).toEqual([...session, "POST /mcp tools/list → 200", "POST /mcp tools/call → 404", ...session, "POST /mcp tools/call → 200", "DELETE /mcp → 200"]);
});

test("a session that is forgotten again and again is a failure in words, not a loop", async () => {
  const { walk } = await open({ requestsPerSession: 2 });
  const { exitCode, stdout, stderr, requests } = await asked(walk, ["call", "example", "echo", "text=x"]);
  expect([exitCode, stdout, requests.filter((line) => line.includes("initialize →")).length]).toEqual([1, "", 2]);
  expect(stderr).toMatch(/^error: example answered with error -32001: Session not found\n/);
});

async function signedIn(options: ResourceServerOptions): Promise<{ walk: Walk; issuer: AuthorizationServer; server: ResourceServer }> {
  const walk = await openWalk();
  const issuer = await walk.issuer({ refreshTokens: "never" });
  const server = await walk.resource({ trusts: issuer, ...options });
  await walk.configure({ example: { type: "remote", url: server.url } });
  expect((await walk.run(["auth", "example"], { browser: walk.browser() })).exitCode).toBe(0);
  return { walk, issuer, server };
}

for (const wire of ["legacy", "modern", "sse"] as const) {
  test(`a token that the server ends in mid-session makes the ${wire} call need a sign-in, list says so, and --sign-in goes on with it`, async () => {
    const { walk, issuer } = await signedIn({ wire });
    expect((await walk.run(echo)).stdout).toBe("over the wire\n");
    issuer.expireTokens();
    const { exitCode, stdout, stderr } = await walk.run(echo);
    expect([exitCode, stdout]).toEqual([4, ""]);
    expect(stderr).toMatch(/^error: example needs a sign-in.*\nhint: mcpass auth example\n$/);
    expect((await walk.run(["list"])).stdout).toContain("⚠ example  needs authentication");
    const again = await walk.run([...echo, "--sign-in"], { browser: walk.browser() });
    expect([again.exitCode, again.stdout]).toEqual([0, "over the wire\n"]);
    expect((await walk.run(["list"])).stdout).toContain("✓ example  connected");
    await expectKept(walk, issuer);
  });
}

test("tools of several pages are all there, with their schemas verbatim in --json", async () => {
  const tools = Array.from({ length: 7 }, (_, index) => ({ name: `tool-${String(index)}`, description: "does", inputSchema: { type: "object", properties: { x: { type: "string", "x-own": [index] } }, additionalProperties: false } }));
  const { walk } = await open({ tools, pageSize: 3 });
  expect((await asked(walk, ["list"])).stdout).toContain("7 tools");
  const { stdout } = await asked(walk, ["tools", "example", "--json"]);
  expect(JSON.parse(stdout)).toEqual({ server: "example", tools });
});
