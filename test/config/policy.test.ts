import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Policy, readPolicy } from "../../src/config/policy.ts";
import { findPolicyFiles } from "../../src/surfaces/node/policy-files.ts";

async function policyOf(...contents: readonly (object | string)[]): Promise<Policy> {
  const directory = await mkdtemp(join(tmpdir(), "mcpass-policy-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const files = contents.map(async (content, index) => {
    const path = join(directory, `policy-${index}.json`);
    await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
    return { path, required: index > 0 };
  });
  return readPolicy(await Promise.all(files));
}

test("E04: without a policy everything is allowed", () => {
  const policy = readPolicy([{ path: "/nowhere/at/all/policy.json", required: false }]);
  expect([policy.files, policy.broken, policy.forbidsServer("https://x.example/mcp"), policy.forbidsIssuer("https://x.example", true), policy.forbidsRegistering("https://x.example"), policy.forbidsScopes(["a"]), policy.withinCeiling(["a"])]).toEqual([[], undefined, undefined, undefined, undefined, undefined, ["a"]]);
});

test.each([
  ["https://mcp.corp.example", "https://mcp.corp.example/any/path", true],
  ["https://mcp.corp.example", "https://MCP.corp.example:443/mcp", true],
  ["https://mcp.corp.example", "http://mcp.corp.example/mcp", false],
  ["https://mcp.corp.example", "https://mcp.corp.example:8443/mcp", false],
  ["https://mcp.corp.example", "https://mcp.corp.example.evil.example/mcp", false],
  ["https://mcp.corp.example", "https://evil.example/https://mcp.corp.example", false],
  ["https://mcp.corp.example", "https://mcp.corp.example@evil.example/", false],
  ["https://*.corp.example", "https://a.b.corp.example/mcp", true],
  ["https://*.corp.example", "https://corp.example/mcp", false],
  ["https://*.corp.example", "https://evilcorp.example/mcp", false],
  ["http://127.0.0.1:3000", "http://127.0.0.1:3000/mcp", true],
  ["http://[::1]:3000", "http://[::1]:3000/mcp", true],
])("E04: %s and the server %s: allowed is %s", async (allowed, url, is) => {
  expect((await policyOf({ allowedServers: [allowed] })).forbidsServer(url)?.code).toBe(is ? undefined : "forbidden_by_policy");
});

test.each([
  ["https://login.corp.example", "https://login.corp.example/tenant/v2.0", true],
  ["https://login.corp.example/ours/v2.0", "https://login.corp.example/ours/v2.0/", true],
  ["https://login.corp.example/ours/v2.0", "https://login.corp.example/theirs/v2.0", false],
])("E04: %s and the issuer %s: allowed is %s", async (allowed, issuer, is) => {
  const policy = await policyOf({ allowedIssuers: [allowed] });
  expect(policy.forbidsIssuer(issuer, true) === undefined).toBe(is);
  expect(policy.forbidsIssuer("https://login.corp.example/any/token", false)).toBeUndefined();
});

test("E04: a refusal names the policy's file and the rule", async () => {
  const policy = await policyOf({ allowedServers: [], dynamicRegistration: false, allowedScopes: ["read"] });
  const [file] = policy.files;
  for (const [error, rule] of [[policy.forbidsServer("https://x.example/mcp"), "allowedServers"], [policy.forbidsRegistering("https://x.example"), "dynamicRegistration"], [policy.forbidsScopes(["read", "write"]), "allowedScopes"]] as const) {
    expect(error).toMatchObject({ code: "forbidden_by_policy", details: { policy: file, rule } });
    expect(error?.message).toContain(`The policy ${file ?? ""} does not allow`);
    expect(error?.message).toContain(`(${rule}).`);
  }
  expect(policy.forbidsScopes(["read", "write"])?.message).toContain("the scope write");
  expect(policy.withinCeiling(["read", "write"])).toEqual(["read"]);
});

test("E04: a second policy can only forbid more", async () => {
  const policy = await policyOf({ allowedServers: ["https://a.example"], allowedScopes: ["read"] }, { allowedServers: ["https://a.example", "https://b.example"], allowedScopes: ["read", "write"], dynamicRegistration: true });
  expect(policy.forbidsServer("https://b.example/mcp")?.code).toBe("forbidden_by_policy");
  expect(policy.forbidsServer("https://a.example/mcp")).toBeUndefined();
  expect(policy.withinCeiling(["read", "write"])).toEqual(["read"]);
});

describe("E04: a policy that cannot be used forbids everything, and says why without repeating it:", () => {
  test.each([
    ["no JSON", '{ "allowedServers": ["s3cret" ', "it is not JSON"],
    ["empty", "", "it is not JSON"],
    ["a list", "[]", "it must be"],
    ["a rule of the wrong kind", { allowedServers: "https://a.example" }, "allowedServers must be a list of origins"],
    ["an origin with a path", { allowedServers: ["https://a.example/mcp"] }, "allowedServers.0 must be an origin"],
    ["a star in the middle", { allowedServers: ["https://a.*.example"] }, "allowedServers.0 must be an origin"],
    ["a misspelt rule", { allowedServer: [] }, "allowedServer is no rule; allowedServers may be meant"],
    ["a relative log", { auditLog: "audit.jsonl" }, "auditLog must be an absolute path"],
  ])("%s", async (_, content, words) => {
    const policy = await policyOf(content);
    expect(policy.broken).toMatchObject({ code: "policy_invalid" });
    expect(policy.broken?.message).toContain(words);
    expect(policy.broken?.message).not.toContain("s3cret");
    for (const refusal of [policy.forbidsServer("https://a.example/mcp"), policy.forbidsIssuer("https://a.example", true), policy.forbidsScopes([])]) expect(refusal).toBe(policy.broken);
  });

  test("unreadable, a folder, or named and not there", async () => {
    const directory = await mkdtemp(join(tmpdir(), "mcpass-policy-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    await mkdir(join(directory, "folder"));
    expect(readPolicy([{ path: join(directory, "folder"), required: false }]).broken?.message).toContain("EISDIR");
    expect(readPolicy([{ path: join(directory, "absent"), required: true }]).broken?.message).toContain("ENOENT");
    await writeFile(join(directory, "closed"), "{}");
    await chmod(join(directory, "closed"), 0);
    if (process.getuid?.() !== 0) expect(readPolicy([{ path: join(directory, "closed"), required: false }]).broken?.message).toContain("EACCES");
  });
});

test.each([
  ["linux", "/etc/mcpass/policy.json"],
  ["darwin", "/Library/Application Support/mcpass/policy.json"],
  ["win32", "C:\\ProgramData\\mcpass\\policy.json"],
] as const)("E04: on %s no variable moves or removes the administrator's policy; MCPASS_POLICY adds one", (platform, path) => {
  const hostile = { HOME: "/tmp/x", MCPASS_HOME: "/tmp/x", XDG_CONFIG_HOME: "/tmp/x", XDG_CONFIG_DIRS: "/tmp/x", ProgramData: "D:\\x", PROGRAMDATA: "D:\\x", MCPASS_POLICY: "" };
  expect(findPolicyFiles({ environment: hostile, platform, workingDirectory: "/w" })).toEqual([{ path, required: false }]);
  expect(findPolicyFiles({ environment: { ...hostile, MCPASS_POLICY: "more.json" }, platform, workingDirectory: "/w" })).toEqual([{ path, required: false }, { path: "/w/more.json", required: true }]);
});

test("E04: where sign-ins may be kept is a rule; a place that does not exist is no rule at all", async () => {
  const policy = await policyOf({ allowedVaults: ["keychain", "environment"] });
  expect([policy.forbidsVault("keychain"), policy.forbidsVault("environment")]).toEqual([undefined, undefined]);
  expect(policy.forbidsVault("file")).toMatchObject({ code: "forbidden_by_policy", message: expect.stringMatching(/does not allow keeping sign-ins under a key that lies in a file \(allowedVaults\)/) });
  expect(policy.forbidsVault("postgresql")).toMatchObject({ details: { rule: "allowedVaults" } });
  expect((await policyOf({ allowedVaults: ["cloud"] })).forbidsVault("keychain")).toMatchObject({ code: "policy_invalid" });
});
