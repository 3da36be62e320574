import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { canary, expectNowhere } from "../rig/canary.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServer } from "../servers/authorization-server.ts";
import { startIdentityProvider } from "../servers/identity-provider.ts";
import { vaultFiles } from "./places.ts";

const [appSecret, idpSecret] = [canary("app-secret"), canary("idp-secret")];
const callback = "http://127.0.0.1:19876/mcp/oauth/callback";
const env = { APP_SECRET: appSecret };

interface Company {
  readonly walk: Walk;
  readonly idp: AuthorizationServer;
  readonly issuer: AuthorizationServer;
}

/** Two servers of one issuer, which takes what the company's identity provider says. */
async function company(): Promise<Company> {
  const walk = await openWalk();
  const issuer = await walk.issuer({ grants: ["jwt-bearer"], registration: "off", refreshTokens: "never", grantAssertionType: "id-jag", grantAssertionClient: "needed", clientAuthentication: "basic", clients: [{ client_id: "app", client_secret: appSecret, redirect_uris: [] }] });
  const idp = walk.keep(await startIdentityProvider(walk.ledger, { clients: [{ client_id: "idp-app", client_secret: idpSecret, redirect_uris: [callback] }], clientAuthentication: "basic", exchangeClientIds: { "idp-app": "app" }, idTokenSeconds: 29 }));
  issuer.toggles.trustedIssuers = [{ issuer: idp.issuer, jwks: idp.jwks() }];
  const keeper = join(walk.home.directory, "keeper.mjs");
  await writeFile(keeper, `console.log(${JSON.stringify(idpSecret)})`);
  const oauth = { grant: "id-jag", clientId: "app", clientSecret: "{env:APP_SECRET}", idpIssuer: idp.issuer, idpClientId: "idp-app", idpClientSecretCommand: [process.execPath, keeper] };
  const [notes, wiki] = [await walk.resource({ trusts: issuer }), await walk.resource({ party: "wiki", trusts: issuer })];
  await walk.configure({ notes: { type: "remote", url: notes.url, oauth }, wiki: { type: "remote", url: wiki.url, oauth } });
  return { walk, idp, issuer };
}

const call = (name: string): readonly string[] => ["call", name, "add_numbers", "a=1", "b=2"];

test("E03: signed in once at the company's identity provider, then cron: every server by itself, after the ID token is over too", async () => {
  const { walk, idp, issuer } = await company();
  const cron = { env, stdin: "closed" as const };
  const before = await walk.run(call("notes"), cron);
  expect([before.exitCode, before.stderr]).toEqual([4, expect.stringContaining("hint: mcpass auth notes") as string]);
  const auth = await walk.run(["auth", "notes"], { env, browser: walk.browser() });
  expect([auth.exitCode, auth.stderr]).toEqual([0, expect.stringContaining(`✓ Signed in to notes as default at ${issuer.issuer} by id-jag`) as string]);
  expect(auth.stderr).toContain("signing in there once serves every server that names it");
  // The ID token lives shorter than the margin: every exchange needs a new one.
  for (const name of ["wiki", "notes", "wiki"]) {
    issuer.expireTokens();
    const { exitCode, stdout, stderr } = await walk.run(call(name), cron);
    expect([name, exitCode, stdout.trim(), stderr]).toEqual([name, 0, "3", ""]);
  }
  expect(walk.ledger.count({ party: "idp", word: "refresh_token" })).toBeGreaterThan(1);
  expect(walk.ledger.count({ party: "issuer", path: "/authorize*" })).toBe(0);
  expectNowhere([...idp.secrets("id-token"), ...idp.secrets("refresh-token"), ...idp.secrets("id-jag"), ...issuer.secrets("access-token"), appSecret, idpSecret], { texts: { printed: walk.printed() } });
  expectNowhere([appSecret, idpSecret], { texts: await vaultFiles(walk) });
}, 60_000);

test("E03: the sign-in at the provider is listed, is ended by its address, and can be made in two halves", async () => {
  const { walk, idp } = await company();
  const started = await walk.run(["auth", "notes", "--start"], { env });
  expect(new URL(started.stdout.trim()).origin).toBe(idp.origin);
  const { headers } = await fetch(started.stdout.trim(), { redirect: "manual" });
  const finished = await walk.run(["auth", "notes", "--finish", "-"], { env, stdin: `${headers.get("location") ?? ""}\n` });
  expect([finished.exitCode, finished.stderr]).toEqual([0, expect.stringContaining("✓ Signed in to notes") as string]);
  expect((await walk.run(["auth", "list"], { env })).stdout).toContain(idp.origin);
  expect((await walk.run(["logout", "notes"], { env })).exitCode).toBe(0);
  expect((await walk.run(call("notes"), { env })).exitCode).toBe(0);
  expect((await walk.run(["logout", idp.issuer], { env })).stderr).toContain("✓ Signed out of");
  expect((await walk.run(call("wiki"), { env })).exitCode).toBe(4);
}, 60_000);

test("E03: --sign-in at a call asks at the provider; a code at another device does too", async () => {
  const { walk, idp } = await company();
  const asked = await walk.run([...call("notes"), "--sign-in"], { env, browser: walk.browser() });
  expect([asked.exitCode, asked.stdout.trim()]).toEqual([0, "3"]);
  await walk.run(["logout", "--all"], { env });
  idp.toggles.grants = ["token-exchange", "device"];
  idp.toggles.deviceAnswer = "approved";
  idp.toggles.deviceIntervalSeconds = 0.1;
  const device = await walk.run(["auth", "notes", "--device"], { env });
  expect([device.exitCode, device.stderr]).toEqual([0, expect.stringMatching(/code: [A-Z]{4}-[A-Z]{4}[^]*✓ Signed in to notes/) as string]);
}, 60_000);
