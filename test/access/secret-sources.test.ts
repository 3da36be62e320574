import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exportJWK } from "jose";
import { describe, expect, test } from "vitest";
import type { CredentialCommand, OAuthSettings } from "../../src/config/server-entry.ts";
import { expectNowhere } from "../rig/canary.ts";
import { makeKeyPair } from "../rig/key-pair.ts";
import { openUnattended, secret, tokenForm } from "./unattended.ts";
import { refusal, send, type World } from "./world.ts";

/** The three places that a secret can be in, as keys of `oauth`. */
async function placesOf(world: World, name: string, text: string): Promise<Readonly<Record<"value" | "file" | "program", OAuthSettings>>> {
  const file = join(world.home, name);
  await writeFile(file, `${text}\n`, { mode: 0o600 });
  const program: CredentialCommand = { words: [process.execPath, "-p", `require("fs").readFileSync(${JSON.stringify(file)}, "utf8")`], cwd: world.home, timeoutMs: 10_000 };
  return { value: { [name]: text }, file: { [`${name}File`]: file }, program: { [`${name}Command`]: program } };
}

describe.each(["value", "file", "program"] as const)("H03: from a %s", (place) => {
  test("a private key signs for its client", async () => {
    const { world, issuer, server, entry } = await openUnattended({}, { grants: ["client-credentials"], clientAssertion: "required" });
    const { privateKey, publicKey } = makeKeyPair();
    issuer.toggles.clients = [{ client_id: "robot", redirect_uris: [], jwks: { keys: [await exportJWK(publicKey)] } }];
    const key = (await placesOf(world, "privateKey", String(privateKey.export({ type: "pkcs8", format: "pem" }))))[place];
    const access = world.access({ ...entry, oauth: { grant: "client_credentials", clientId: "robot", ...key } });
    expect((await send(access, server.url)).status).toBe(200);
    expect(access.ownSecrets()).toContainEqual(expect.stringContaining("BEGIN PRIVATE KEY"));
  });

  test("a workload's assertion is redeemed", async () => {
    const { world, issuer, server, entry } = await openUnattended({}, { grants: ["jwt-bearer"], clientAuthentication: "none" });
    const platform = await world.issuer({ party: "platform" });
    issuer.toggles.trustedIssuers = [{ issuer: platform.issuer, jwks: platform.jwks() }];
    const assertion = await platform.sign({ sub: "workload", aud: issuer.issuer });
    const access = world.access({ ...entry, oauth: { grant: "jwt-bearer", ...(await placesOf(world, "assertion", assertion))[place] } });
    expect((await send(access, server.url)).status).toBe(200);
    expect(tokenForm(world)["assertion"]).toBe(assertion);
    expect(access.ownSecrets()).toContain(assertion);
  });

  test("an ID token is exchanged (E03)", async () => {
    const { world, issuer, server, entry } = await openUnattended({}, { grants: ["jwt-bearer"], grantAssertionType: "id-jag", grantAssertionClient: "needed", clientAuthentication: "basic", clients: [{ client_id: "app", client_secret: secret, redirect_uris: [] }] });
    const idp = await world.issuer({ party: "idp", grants: ["token-exchange"], clientAuthentication: "basic", clients: [{ client_id: "idp-app", client_secret: "idp-secret", redirect_uris: [] }], exchangeClientIds: { "idp-app": "app" } });
    issuer.toggles.trustedIssuers = [{ issuer: idp.issuer, jwks: idp.jwks() }];
    const idToken = await idp.idToken("alice", "idp-app");
    const { value, program } = await placesOf(world, "idpClientSecret", "idp-secret");
    const oauth: OAuthSettings = { grant: "id-jag", clientId: "app", clientSecret: secret, idpTokenEndpoint: `${idp.origin}/token`, idpClientId: "idp-app", ...(place === "program" ? program : value), ...(await placesOf(world, "idToken", idToken))[place] };
    const access = world.access({ ...entry, oauth });
    expect((await send(access, server.url)).status).toBe(200);
    expect(tokenForm(world)["subject_token"]).toBe(idToken);
    expect(access.ownSecrets()).toEqual(expect.arrayContaining([idToken, "idp-secret"]));
  });
});

test("H03: a program that prints no private key is named, never what it prints, and nothing is sent", async () => {
  const { world, server, entry } = await openUnattended({}, { grants: ["client-credentials"], clientAssertion: "required" });
  const { program, value } = await placesOf(world, "privateKey", `no-key-${secret}`);
  const failing = (key: OAuthSettings): Promise<Error> => refusal(send(world.access({ ...entry, oauth: { grant: "client_credentials", clientId: "robot", ...key } }), server.url));
  const [printed, configured] = [await failing(program), await failing(value)];
  expect(printed).toMatchObject({ code: "secret_command_failed", message: `The private key for example could not be had: what ${process.execPath} prints holds no private key: PEM or JWK is needed.` });
  expect(configured).toMatchObject({ code: "entry_invalid", message: "oauth.privateKey of example holds no private key: PEM or JWK is needed." });
  expectNowhere([secret], { texts: { errors: JSON.stringify([printed, configured]) } });
  expect(world.ledger.count({ path: "/token" })).toBe(0);
});

test("H03: while a program fails, a token that is still good goes on being used", async () => {
  const { world, issuer, server, entry } = await openUnattended({}, { grants: ["client-credentials"], clientAuthentication: "basic", clients: [{ client_id: "robot", client_secret: secret, redirect_uris: [] }], accessTokenSeconds: 100 });
  const { file } = await placesOf(world, "clientSecret", secret);
  const command = { words: [process.execPath, "-p", `require("fs").readFileSync(${JSON.stringify((file as { clientSecretFile: string }).clientSecretFile)}, "utf8")`] as const, cwd: world.home, timeoutMs: 10_000 };
  const access = world.access({ ...entry, oauth: { grant: "client_credentials", clientId: "robot", clientSecretCommand: command } });
  expect((await send(access, server.url)).status).toBe(200);
  await writeFile((file as { clientSecretFile: string }).clientSecretFile, "");
  world.clock.aheadMs = 95_000;
  expect((await send(access, server.url)).status).toBe(200);
  world.clock.aheadMs = 101_000;
  issuer.expireTokens();
  expect((await refusal(send(access, server.url))).code).toBe("secret_command_failed");
});
