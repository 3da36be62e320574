import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

import { findMcpassError, type McpassError } from "../../src/base/errors.ts";
import { canary, expectNowhere } from "../rig/canary.ts";
import { holds } from "../servers/ledger.ts";
import { openWorld, remote, send } from "./world.ts";
import { freePort } from "../rig/free-port.ts";

test("tokens, codes, verifiers and secrets are with their issuer, their server and the vault, and nowhere else (Z05)", async () => {
  const world = await openWorld();
  const [clientSecret, apiKey] = [canary("client-secret"), canary("api-key")];
  const callbackPort = await freePort();
  const clients = [{ client_id: "ours", client_secret: clientSecret, redirect_uris: [`http://127.0.0.1:${callbackPort}/mcp/oauth/callback`] }];
  const issuer = await world.issuer({ clients });
  const server = await world.resource({ trusts: issuer });
  const stranger = await world.resource({ party: "stranger", trusts: issuer });
  const entry = remote(server.url, { headers: { "X-Api-Key": apiKey }, oauth: { clientId: "ours", clientSecret, callbackPort } });
  const errors: McpassError[] = [];
  const said: unknown[] = [];
  const attempt = async (work: Promise<unknown>): Promise<void> => void said.push(await work.catch((thrown: unknown) => errors.push(findMcpassError(thrown) as McpassError)));
  const browsers = Array.from({ length: 4 }, () => world.browser());
  const signIn = (index: number): Promise<void> => {
    const person = world.person({ force: true });
    const { notices, said: words } = person;
    return attempt(world.access(entry, { browser: browsers[index] ?? world.browser() }).signIn(person).then(({ kind }) => [kind, notices, words], (thrown: unknown) => (said.push(notices, words), Promise.reject(thrown))));
  };
  const access = world.access(entry);

  await signIn(0);
  await attempt(send(access, server.url));
  world.clock.aheadMs = 3_601_000;
  await attempt(send(access, server.url));
  issuer.toggles.codeAnswer = "echo-secrets";
  await signIn(1);
  world.clock.aheadMs *= 2;
  issuer.toggles.refreshAnswer = "bad-gateway";
  await attempt(send(access, server.url));
  issuer.toggles.refreshAnswer = "echo-secrets";
  await attempt(send(access, server.url));
  issuer.toggles.approval = "deny";
  issuer.toggles.denial = { error: "access_denied", error_description: "no" };
  await signIn(2);
  Object.assign(issuer.toggles, { approval: "auto", codeAnswer: "json", refreshAnswer: "json" });
  await signIn(3);
  await attempt(send(world.access(remote(stranger.url)), stranger.url));
  issuer.toggles.revocation = "unsupported";
  await attempt(access.signOut({}).then((result) => (errors.push(result.revocationError as McpassError), "signed out")));

  expect(errors.map(({ code }) => code)).toEqual(["token_refused", "renewal_failed", "sign_in_required", "authorization_refused", "sign_in_required", "token_refused"]);
  const texts: Record<string, string> = {
    errors: errors.map((error) => [JSON.stringify(error), error.message, error.hint, ...causesOf(error)].join("\n")).join("\n"),
    events: JSON.stringify(world.events),
    notices: JSON.stringify(said.map((value) => (value instanceof Object && "text" in value ? "an answer" : value))),
    opened: world.opened.join("\n"),
    files: await filesOf(world.home),
  };
  for (const [index, browser] of browsers.entries()) texts[`page ${index}`] = (await browser.lastPage()).body;
  const secretive = [...issuer.secrets("refresh-token"), ...issuer.secrets("code"), ...issuer.secrets("verifier"), clientSecret];
  expect(secretive.length).toBeGreaterThan(8);
  expectNowhere(secretive, { ledger: world.ledger, except: ["issuer"], texts });
  expectNowhere(issuer.secrets("access-token"), { ledger: world.ledger, except: ["issuer", "resource"], texts });
  expectNowhere([apiKey], { ledger: world.ledger, except: ["resource"], texts });
});

test("the vault's files are the owner's only, and hold readable neither a token nor a secret; their records hold the grant's tokens, and never a code, a verifier, a state or a configured secret's neighbour (Z05, S05)", async () => {
  const world = await openWorld();
  const issuer = await world.issuer({ issueSecret: "always" });
  const server = await world.resource({ trusts: issuer });
  const access = world.access(remote(server.url, { oauth: { callbackPort: await freePort() } }));
  await access.signIn(world.person());
  const directory = join(world.home, "data", "vault");
  const files = await world.vaultFiles();
  expect(Object.keys(files).map((name) => name.split("-")[0])).toEqual(["grant", "link", "registration"]);
  const modes = await Promise.all(Object.keys(files).map(async (name) => (await stat(join(directory, name))).mode & 0o777));
  if (process.platform !== "win32") expect([...modes, (await stat(directory)).mode & 0o777]).toEqual([0o600, 0o600, 0o600, 0o700]);
  const text = Object.values(await world.vaultRecords()).join("\n");
  const stored = [...issuer.secrets("access-token"), ...issuer.secrets("refresh-token"), ...issuer.secrets("client-secret")];
  expect(stored.filter((secret) => !holds(text, secret))).toEqual([]);
  expectNowhere(stored, { texts: files });
  const state = new URL(world.opened[0] ?? "").searchParams.get("state") ?? "";
  expectNowhere([...issuer.secrets("code"), ...issuer.secrets("verifier"), state], { texts: { text } });
});

/** What a debugger or a careless log would print along `cause`, stacks aside. */
function causesOf(error: McpassError): readonly string[] {
  const causes: string[] = [];
  for (let current: unknown = error.cause; current instanceof Error && causes.length < 10; current = current.cause) causes.push(current.message, JSON.stringify(current));
  return causes;
}

/** Everything that was written anywhere but in grants, which were forgotten by then, and the browser's own records. */
async function filesOf(home: string): Promise<string> {
  const names = (await readdir(home, { recursive: true, withFileTypes: true })).filter((file) => file.isFile() && !/^(pages|held)-/.test(file.name));
  return (await Promise.all(names.map(async ({ parentPath, name }) => `${name}\n${await readFile(join(parentPath, name), "utf8")}`))).join("\n");
}
