import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readConfiguration } from "../../src/config/config-file.ts";
import { withOverrides } from "../../src/config/override-entry.ts";
import { requireServer } from "../../src/config/require-server.ts";
import type { ConfiguredServer } from "../../src/config/configuration.ts";
import { workspace } from "./workspace.ts";

const url = "https://mcp.example.com/mcp";

async function configured(oauth: object): Promise<{ server: ConfiguredServer; directory: string; warnings: readonly string[] }> {
  const space = await workspace();
  await space.write("config/mcpass.jsonc", { mcp: { robot: { type: "remote", url, oauth } } });
  const configuration = await readConfiguration({ runtime: space.runtime });
  const server = requireServer(configuration, "robot");
  return { server, directory: join(server.source.file, ".."), warnings: configuration.warnings };
}

const complete: readonly (readonly [string, object])[] = [
  ["client_credentials with a secret", { grant: "client_credentials", clientId: "a", clientSecret: "s" }],
  ["client_credentials with a key", { grant: "client_credentials", clientId: "a", privateKeyFile: "/k", signingAlg: "RS256", assertionAudience: "x" }],
  ["jwt-bearer", { grant: "jwt-bearer", assertionFile: "/t" }],
  ["id-jag", { grant: "id-jag", clientId: "a", idpTokenEndpoint: "https://idp.example/token", idpClientId: "b", idpClientSecret: "c", idTokenFile: "/i" }],
  ["id-jag with a sign-in at the provider", { grant: "id-jag", clientId: "a", idpIssuer: "https://idp.example", idpClientId: "b", idpScope: "openid" }],
  ["device_code", { grant: "device_code", dpop: true }],
];

test.each(complete)("H03: %s is a whole grant", async (_, oauth) => {
  const { server, warnings } = await configured(oauth);
  expect([server.error, warnings]).toEqual([undefined, []]);
  expect(server.entry).toMatchObject({ oauth });
});

describe("a grant that lacks something", () => {
  test.each([
    ["clientId", { grant: "client_credentials", clientSecret: "hidden-secret" }, /oauth has no clientId, which the grant "client_credentials" needs$/],
    ["clientSecret", { grant: "client_credentials", clientId: "a" }, /oauth has no clientSecret or privateKeyFile, which the grant "client_credentials" needs$/],
    ["assertionFile", { grant: "jwt-bearer", clientId: "a" }, /oauth has no assertionFile, which/],
    ["idpIssuer", { grant: "id-jag", clientId: "a", idpTokenEndpoint: "https://idp.example/token", idpClientId: "b" }, /oauth has no idpIssuer or idTokenFile, which/],
  ])("names %s, where it should stand, and the snippet to write", async (key, oauth, words) => {
    const { server } = await configured(oauth);
    expect(server.entry).toBeUndefined();
    expect(server.error).toMatchObject({ code: "entry_invalid", details: { field: `mcp.robot.oauth.${key}` } });
    expect(server.error?.message).toMatch(words);
    expect(server.error?.message).toMatch(/mcpass\.jsonc:\d+:\d+: /);
    expect(server.error?.hint).toMatch(new RegExp(`^write "oauth": \\{ "grant": "${String((oauth as { grant: string }).grant)}", .*"${key}"`));
    expect(JSON.stringify(server.error)).not.toContain("hidden-secret");
  });

  test("by flags, names the flag too", async () => {
    const { server } = await configured({ clientId: "a" });
    expect(() => withOverrides(server, { grant: "client_credentials" })).toThrow(expect.objectContaining({ code: "entry_invalid", hint: expect.stringContaining("or give --client-secret-file") as string }) as Error);
    expect(withOverrides(server, { grant: "client_credentials", clientSecret: "s" }).entry).toMatchObject({ oauth: { grant: "client_credentials", clientId: "a", clientSecret: "s" } });
  });
});

test("keys in snake_case mean the same, and paths start at the configuration file's directory", async () => {
  const { server, directory, warnings } = await configured({ grant: "client_credentials", client_id: "a", private_key_file: "keys/a.pem", signing_alg: "ES256", assertion_audience: "x" });
  expect(warnings).toEqual([]);
  expect(server.entry).toMatchObject({ oauth: { privateKeyFile: join(directory, "keys/a.pem"), signingAlg: "ES256", assertionAudience: "x" } });
  const home = await configured({ grant: "jwt-bearer", assertion_file: "~/token" });
  expect((home.server.entry as unknown as { oauth: { assertionFile: string } }).oauth.assertionFile).toMatch(/^\/(?!.*~).*\/token$/);
});

test.each(["http://idp.example/token", "http://localhost.evil.example/token", "http://127.0.0.1.evil.example/token"])("an identity provider at %s gets no ID token", async (idpTokenEndpoint) => {
  const { server } = await configured({ grant: "id-jag", clientId: "a", idpTokenEndpoint, idpClientId: "b", idTokenFile: "/i" });
  expect(server.error?.message).toContain("oauth.idpTokenEndpoint must be an https:// URL");
});
