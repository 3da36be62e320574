import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startAuthorizationServer, type AuthorizationServer } from "../servers/authorization-server.ts";
import { createLedger } from "../servers/ledger.ts";
import { html, listen, type Listening } from "../servers/listener.ts";
import { browserDouble, type BrowserDouble, type BrowserHabits } from "./browser.ts";
import { canary, expectNowhere } from "./canary.ts";
import { makeHome, type Home } from "./program.ts";

const ledger = createLedger();
let issuer: AuthorizationServer;
let program: Listening;
let home: Home;

beforeEach(async () => {
  ledger.clear();
  home = await makeHome();
  program = await listen(ledger, "program", () => html(200, "signed in"));
  issuer = await startAuthorizationServer(ledger, { clients: [{ client_id: "c", redirect_uris: [`${program.origin}/callback`] }] });
});

afterEach(async () => {
  await Promise.all([issuer.stop(), program.stop(), home.remove()]);
});

async function browse(habits: BrowserHabits): Promise<BrowserDouble> {
  const browser = browserDouble(home.directory, habits);
  const query = new URLSearchParams({ client_id: "c", redirect_uri: `${program.origin}/callback`, response_type: "code", state: "s1", code_challenge: "x".repeat(43), code_challenge_method: "S256" });
  const [node = "", ...words] = browser.command;
  await promisify(execFile)(node, [...words, `${issuer.origin}/authorize?${query.toString()}`], { env: { ...process.env, ...browser.environment } });
  return browser;
}

const callback = (): URLSearchParams => new URL(ledger.find({ party: "program" }).at(-1)?.path ?? "", program.origin).searchParams;

test("the browser follows the issuer's redirect to the callback and keeps the page it shows", async () => {
  const browser = await browse({});
  expect(ledger.sequence()).toEqual(["issuer GET /authorize → 302", "program GET /callback → 200"]);
  expect([callback().get("state"), callback().get("iss")]).toEqual(["s1", issuer.issuer]);
  expect(await browser.lastPage()).toMatchObject({ status: 200, body: expect.stringContaining("signed in") });
});

test("the browser denies, tampers, drops and changes what the issuer said", async () => {
  await browse({ deny: true });
  expect([callback().get("error"), callback().get("code")]).toEqual(["access_denied", null]);
  await browse({ tamperState: true, dropIss: true, change: { extra: "1" } });
  expect([callback().get("state"), callback().get("iss"), callback().get("extra")]).toEqual(["s1x", null, "1"]);
});

test("the browser sends forged callbacks first and the genuine one twice", async () => {
  await browse({ forged: true, twice: true });
  expect(ledger.find({ party: "program" }).map((entry) => `${entry.method} ${entry.path.split("?")[0] ?? ""}`)).toEqual([
    "GET /callback",
    "GET /callback",
    "GET /callback",
    "HEAD /callback",
    "GET /favicon.ico",
    "GET /",
    "GET /callback",
    "GET /callback",
  ]);
});

test("the browser holds the redirect URL back for pasting", async () => {
  const browser = await browse({ hold: true });
  expect(await browser.heldUrl()).toMatch(new RegExp(`^${program.origin}/callback\\?code=code-`));
  expect(ledger.count({ party: "program" })).toBe(0);
});

test("a canary that stands where it should not is named with its place", async () => {
  const secret = canary("token");
  expect(() => expectNowhere([secret], { texts: { stdout: "quiet", stderr: `token ${Buffer.from(secret).toString("base64")}` } })).toThrow(`${secret} in stderr`);
  await fetch(`${program.origin}/x?leak=${secret}`);
  expect(() => expectNowhere([secret], { ledger })).toThrow(`${secret} at program GET /x`);
  expectNowhere([secret], { ledger, except: ["program"], texts: { stdout: "" } });
});
