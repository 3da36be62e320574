import { expect, test } from "vitest";
import { canary } from "../rig/canary.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import { expectKept, expectOnlyAt, vaultFiles } from "./places.ts";

interface Row {
  readonly status: string;
  readonly error: { readonly code: string } | null;
}

async function statusOf(walk: Walk, ...flags: string[]): Promise<{ status: string | undefined; code: string | undefined }> {
  const [row] = (JSON.parse((await walk.run(["list", "--json", ...flags])).stdout) as { servers: Row[] }).servers;
  return { status: row?.status, code: row?.error?.code };
}

const guards = {
  "X-Api-Key": { options: (key: string) => ({ guard: "api-key" as const, apiKey: { name: "x-api-key", value: key } }), value: (key: string) => key },
  Authorization: { options: (key: string) => ({ guard: "static-bearer" as const, staticBearer: key }), value: (key: string) => `Bearer ${key}` },
};

for (const [header, { options, value }] of Object.entries(guards)) {
  test(`X02 a configured ${header} comes first: it connects, calls, and no OAuth is looked for although the server publishes it`, async () => {
    const walk = await openWalk();
    const key = canary("key");
    const issuer = await walk.issuer();
    const server = await walk.resource({ trusts: issuer, ...options(key) });
    await walk.configure({ keyed: { type: "remote", url: server.url, headers: { [header]: value("{env:SERVER_KEY}") } } });
    const env = { SERVER_KEY: key };
    expect((await walk.run(["list"], { env })).stdout).toContain("✓ keyed  connected  3 tools");
    expect((await walk.run(["call", "keyed", "echo", "text=hello"], { env })).stdout).toBe("hello\n");
    const { stdout } = await walk.run(["list", "--offline"], { env });
    expect(stdout).toContain("✓ keyed  needs no sign-in");
    expect(walk.ledger.sequence().filter((line) => !line.startsWith("resource ") || line.includes("well-known") || line.includes("401"))).toEqual([]);
    await expectOnlyAt(walk, [key], ["resource"]);
  });

  test(`X02 a refused ${header} is failed with the words that it was refused; nothing registers, nothing signs in, in list, call, auth and --sign-in alike`, async () => {
    const walk = await openWalk();
    const key = canary("key");
    const issuer = await walk.issuer();
    const server = await walk.resource({ trusts: issuer, ...options("another") });
    await walk.configure({ keyed: { type: "remote", url: server.url, headers: { [header]: value(key) } } });
    expect(await statusOf(walk)).toEqual({ status: "failed", code: "header_refused" });
    const browser = walk.browser();
    for (const args of [["call", "keyed", "whoami"], ["call", "keyed", "whoami", "--sign-in"], ["auth", "keyed"]]) {
      const { exitCode, stdout, stderr } = await walk.run(args, { browser });
      expect([exitCode, stdout]).toEqual([1, ""]);
      expect(stderr).toContain(`error: keyed answered 401: it refused the configured header ${header}.`);
      expect(stderr).toContain("hint: Check its value");
    }
    expect(walk.ledger.sequence().filter((line) => line.startsWith("issuer") || line.includes("well-known"))).toEqual([]);
    expect(await vaultFiles(walk)).toEqual({});
    await expectOnlyAt(walk, [key], ["resource"]);
  });
}

test("X02 with an oauth object OAuth owns Authorization, and the other headers still go out", async () => {
  const walk = await openWalk();
  const [key, own] = [canary("tenant"), canary("own-bearer")];
  const issuer = await walk.issuer();
  const server = await walk.resource({ trusts: issuer });
  await walk.configure({ both: { type: "remote", url: server.url, headers: { Authorization: `Bearer ${own}`, "X-Api-Key": key }, oauth: {} } });
  expect((await walk.run(["auth", "both"], { browser: walk.browser() })).exitCode).toBe(0);
  walk.ledger.clear();
  expect((await walk.run(["call", "both", "whoami"])).exitCode).toBe(0);
  const asked = walk.ledger.find({ party: "resource", method: "POST" });
  expect(asked.every(({ headers }) => headers["x-api-key"] === key && issuer.secrets("access-token").includes((headers["authorization"] ?? "").slice(7)))).toBe(true);
  await expectOnlyAt(walk, [key], ["resource"]);
  await expectOnlyAt(walk, [own], []);
  await expectKept(walk, issuer);
});

test("X02 with oauth false a 401 is failed, and not even discovery is asked", async () => {
  const walk = await openWalk();
  const server = await walk.resource({ trusts: await walk.issuer() });
  await walk.configure({ plain: { type: "remote", url: server.url, oauth: false } });
  expect((await statusOf(walk)).status).toBe("failed");
  expect(walk.ledger.sequence()).toEqual(["resource POST /mcp initialize → 401"]);
});

test("X02 a variable that is not set, or empty, never becomes a header: the server is not asked", async () => {
  const walk = await openWalk();
  const server = await walk.resource({ guard: "api-key" });
  await walk.configure({ keyed: { type: "remote", url: server.url, headers: { "X-Api-Key": "{env:SERVER_KEY}" } } });
  expect(await statusOf(walk)).toEqual({ status: "failed", code: "variable_unset" });
  const { exitCode, stderr } = await walk.run(["call", "keyed", "whoami"]);
  expect([exitCode, walk.ledger.entries.length]).toEqual([1, 0]);
  expect(stderr).toMatch(/SERVER_KEY/);
  expect(stderr).toMatch(/keyed/);
});

test("X03 a routing header goes to the server and its own metadata on every leg, and never to the issuer", async () => {
  const walk = await openWalk();
  const tenant = canary("tenant");
  const issuer = await walk.issuer();
  const server = await walk.resource({ trusts: issuer, requiredHeader: { name: "X-Tenant", value: tenant } });
  await walk.configure({ routed: { type: "remote", url: server.url, headers: { "X-Tenant": tenant } } });
  expect(await statusOf(walk)).toEqual({ status: "needs_auth", code: "sign_in_required" });
  expect((await walk.run(["auth", "routed"], { browser: walk.browser() })).exitCode).toBe(0);
  expect((await walk.run(["call", "routed", "whoami"])).exitCode).toBe(0);
  expect(walk.ledger.find({ party: "resource" }).every(({ headers }) => headers["x-tenant"] === tenant)).toBe(true);
  expect(walk.ledger.count({ party: "resource", path: "/.well-known/oauth-protected-resource/mcp" })).toBe(2);
  await expectOnlyAt(walk, [tenant], ["resource"]);
  await expectKept(walk, issuer);
});

test("X03 a server that is its own issuer gets its headers on the MCP and resource metadata legs only; oauth.headers go to the issuer's legs only", async () => {
  const walk = await openWalk();
  const [routing, forIssuer] = [canary("routing"), canary("for-issuer")];
  const issuer = await walk.issuer();
  const server = await walk.resource({ hosts: issuer });
  await walk.configure({ own: { type: "remote", url: server.url, headers: { "X-Routing": routing }, oauth: { headers: { "X-Gate": forIssuer } } } });
  expect((await walk.run(["auth", "own"], { browser: walk.browser() })).exitCode).toBe(0);
  const holding = (secret: string): string[] => [...new Set(walk.ledger.holding(secret).map(({ path }) => path.split("?")[0] ?? ""))].toSorted();
  expect(holding(routing)).toEqual(["/.well-known/oauth-protected-resource/mcp", "/mcp"]);
  expect(holding(forIssuer)).toEqual(["/.well-known/oauth-authorization-server", "/register", "/token"]);
});

test("X02 --header for one run comes first too, and the first of : and = separates", async () => {
  const walk = await openWalk();
  const key = `${canary("key")}=:x`;
  const server = await walk.resource({ guard: "api-key", apiKey: { name: "x-api-key", value: key } });
  await walk.configure({ keyed: { type: "remote", url: server.url } });
  for (const header of [`X-Api-Key=${key}`, `X-Api-Key: ${key}`]) {
    const { exitCode, stdout } = await walk.run(["call", "keyed", "echo", "--args", '{"text":"hi"}', "--header", header]);
    expect([exitCode, stdout]).toEqual([0, "hi\n"]);
  }
  expect(walk.ledger.sequence().filter((line) => line.includes("well-known"))).toEqual([]);
  await expectOnlyAt(walk, [key], ["resource"]);
});
