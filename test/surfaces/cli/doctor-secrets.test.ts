import { generateKeyPairSync } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openFileVault } from "../../../src/vault/file-vault.ts";
import { firstGrantKey } from "../../../src/vault/vault-key.ts";
import type { Grant } from "../../../src/vault/vault-record.ts";
import { canary, expectNowhere } from "../../rig/canary.ts";
import { makeKeyPair } from "../../rig/key-pair.ts";
import { openWalk } from "../../rig/walk.ts";
import { json, text } from "../../servers/listener.ts";

test("Z05: whatever an answer repeats — keys, assertions, ID tokens, what programs print, what the vault holds — doctor, its trace and its report show none of it", async () => {
  const walk = await openWalk();
  const directory = walk.home.directory;
  const planted: Record<string, string> = Object.fromEntries(
    ["header", "helper", "printed-secret", "assertion", "id-token", "idp-secret", "registration", "token-param", "issuer-header", "passphrase", "access", "refresh", "stored-id-token", "quarantined", "client", "management"].map((name) => [name, canary(name)]),
  );
  const say = (name: string): string => planted[name] ?? "";
  const pem = generateKeyPairSync("rsa", { modulusLength: 2048, publicKeyEncoding: { type: "spki", format: "pem" }, privateKeyEncoding: { type: "pkcs8", format: "pem" } }).privateKey;
  const jwk = makeKeyPair().privateKey.export({ format: "jwk" });
  const bound = makeKeyPair().privateKey.export({ format: "jwk" });
  const lines = pem.trim().split("\n").slice(1, -1);
  const secrets = [...Object.values(planted), lines.join(""), lines[2] ?? "", jwk.d ?? "", bound.d ?? ""];
  const parrot = (): string => secrets.join(" | ");
  let origin = "";
  const server = await walk.bystander("parrot", ({ method, path }) => {
    const headers = { "x-echo": parrot() };
    if (method === "POST") return { ...text(401, parrot(), { ...headers, "www-authenticate": `Bearer error="invalid_token", error_description="${parrot()}"` }) };
    if (path.includes("protected-resource")) return json(200, { resource: `${origin}/mcp`, authorization_servers: [origin], resource_name: parrot() }, headers);
    if (path.includes("authorization-server")) return json(200, { issuer: origin, authorization_endpoint: `${origin}/a`, token_endpoint: `${origin}/t`, code_challenge_methods_supported: ["S256"], scopes_supported: secrets, service_documentation: parrot() }, headers);
    return text(404, parrot(), headers);
  });
  ({ origin } = server);
  const prints = async (name: string, words: string): Promise<string[]> => {
    const file = join(directory, `${name}.mjs`);
    await writeFile(file, `console.log(${JSON.stringify(words)})`);
    return [process.execPath, file];
  };
  await writeFile(join(directory, "key.pem"), pem);
  await writeFile(join(directory, "id-token"), say("id-token"));
  const common = { clientId: "ours", tokenParams: { extra: say("token-param") }, headers: { "x-gate": say("issuer-header") }, registrationAccessToken: say("registration") };
  const url = `${origin}/mcp`;
  const remote = { type: "remote", url, headers: { "X-Door": say("header") }, headersCommand: await prints("helper", JSON.stringify({ "X-Ticket": say("helper") })), tls: { passphrase: say("passphrase") } };
  await walk.configure({
    one: { ...remote, oauth: { ...common, clientSecretCommand: await prints("secret", say("printed-secret")), privateKeyFile: join(directory, "key.pem"), assertion: "{env:ASSERTION}", idTokenFile: join(directory, "id-token"), idpClientSecret: "{env:IDP}" } },
    two: { ...remote, oauth: { ...common, clientSecret: say("printed-secret"), privateKeyCommand: await prints("jwk", JSON.stringify(jwk)), assertionCommand: await prints("assertion", say("assertion")), idToken: say("id-token"), idpClientSecretCommand: await prints("idp", say("idp-secret")) } },
  });
  const tokens = { accessToken: say("access"), tokenType: "DPoP", expiresAt: Date.now() + 600_000, issuedAt: Date.now(), refreshToken: say("refresh"), scopes: [], idToken: say("stored-id-token") } as const;
  const registration = { kind: "configured", issuer: origin, clientId: "ours", clientSecret: say("client"), clientSecretExpiresAt: undefined, tokenEndpointAuthMethod: undefined, redirectUri: undefined, registeredAt: 0, registrationAccessToken: say("management") } as const;
  const grant: Grant = { kind: "grant", serverUrl: url, account: "default", issuer: origin, tokenEndpoint: `${origin}/t`, revocationEndpoint: undefined, authorizationEndpoint: undefined, resource: undefined, registration, requestedScopes: [], tokens, obtainedAt: 0, renewedAt: undefined, generation: 1, trouble: undefined, grantType: undefined, dpopKey: { kty: "EC", crv: "P-256", x: bound.x ?? "", y: bound.y ?? "", d: bound.d ?? "" }, ended: { reason: "x", at: 0, quarantined: { ...tokens, accessToken: say("quarantined") } } };
  await openFileVault({ directory: join(directory, "data", "vault"), now: Date.now, environment: { MCPASS_KEY_SOURCE: "file" } }).update(firstGrantKey(url, "default"), async () => grant);

  for (const name of ["one", "two"]) {
    const report = join(directory, `${name}.txt`);
    const env = { ASSERTION: say("assertion"), IDP: say("idp-secret") };
    const runs = [await walk.run(["doctor", name, "--trace", "--report", report], { env }), await walk.run(["doctor", name, "--json"], { env }), await walk.run(["tools", name, "--verbose"], { env }), await walk.run(["list", "--json"], { env })];
    const shown = { report: await readFile(report, "utf8"), ...Object.fromEntries(runs.map(({ stdout, stderr }, index) => [`run ${index}`, stdout + stderr])) };
    expect(shown.report).toContain("[secret] | [secret]");
    expect(shown.report).toContain(name === "one" ? "oauth.privateKeyFile gives a key for RS256" : "oauth.privateKeyCommand gives a key for ES256");
    // Each has its own private key, and knows nothing of the other's.
    const foreign = name === "one" ? [jwk.d] : [lines.join(""), lines[2]];
    expectNowhere(secrets.filter((secret) => !foreign.includes(secret)), { texts: shown });
  }
}, 60_000);

test("doctor says which secret cannot be had, and which assertion is over; the verdict is the configuration's fault", async () => {
  const walk = await openWalk();
  const issuer = await walk.issuer({ grants: ["client-credentials"], registration: "off" });
  const server = await walk.resource({ trusts: issuer });
  const old = await issuer.sign({ sub: "workload", exp: 1_700_000_000 });
  await walk.configure({
    robot: { type: "remote", url: server.url, oauth: { grant: "client_credentials", clientId: "robot", clientSecretCommand: ["sh", "-c", "echo locked >&2; exit 3"] } },
    late: { type: "remote", url: server.url, oauth: { grant: "jwt-bearer", assertion: "{env:OLD}" } },
    person: { type: "remote", url: server.url, oauth: { grant: "id-jag", clientId: "a", clientSecret: "s", idpIssuer: issuer.issuer, idpClientId: "b" } },
  });
  const { exitCode, stdout } = await walk.run(["doctor", "robot"]);
  expect([exitCode, stdout]).toEqual([1, expect.stringMatching(/✗ credentials .*sh ended with exit code 3: locked[^]*verdict: broken: the fault is in the configuration/) as string]);
  expect((await walk.run(["doctor", "late"], { env: { OLD: old } })).stdout).toMatch(/✗ credentials .*oauth\.assertion gives ended at 2023-11-14T/);
  expect((await walk.run(["doctor", "person"])).stdout).toMatch(/nobody has signed in at the identity provider/);
  expect(walk.ledger.count({ path: "/token" })).toBe(0);
}, 60_000);
