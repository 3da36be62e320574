import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { followScript } from "../rig/browser.ts";
import { createAuthority } from "../rig/tls.ts";
import { openWalk } from "../rig/walk.ts";
import { startClientDocumentServer } from "./client-documents.ts";
import { discover, redirectUri, register, registered, signIn } from "./oracle.ts";

test("a registration can be read, replaced and deleted with its own token only (RFC 7592)", async () => {
  const walk = await openWalk();
  const { issuer, validate, secrets, toggles } = await walk.issuer({ clientConfiguration: "on" });
  const as = await discover(issuer);
  const client = (await (await register(as)).json()) as Record<string, string>;
  const [uri, token] = [client["registration_client_uri"] ?? "", client["registration_access_token"] ?? ""];
  const ask = (method: string, body?: object, bearer = token): Promise<Response> =>
    fetch(uri, { method, headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  expect((await ask("GET", undefined, "x")).status).toBe(401);
  expect(await (await ask("GET")).json()).toMatchObject({ client_id: client["client_id"], redirect_uris: [redirectUri] });
  expect((await ask("PUT", { redirect_uris: [redirectUri] })).status).toBe(400);
  toggles.rotatesRegistrationToken = true;
  const changed = (await (await ask("PUT", { client_id: client["client_id"], redirect_uris: [redirectUri, "http://127.0.0.1:2/"], token_endpoint_auth_method: "none" })).json()) as Record<string, string>;
  expect(changed["redirect_uris"]).toHaveLength(2);
  expect((await ask("GET")).status).toBe(401);
  expect(secrets("registration-token")).toEqual([token, changed["registration_access_token"]]);
  const tokens = await signIn(as, { client_id: client["client_id"] ?? "" });
  expect((await ask("DELETE", undefined, changed["registration_access_token"])).status).toBe(204);
  expect([validate(tokens.access_token).ok, (await ask("GET", undefined, changed["registration_access_token"])).status]).toEqual([false, 401]);
});

test.each([
  ["exact", "http://127.0.0.1:1/callback", true],
  ["exact", "http://127.0.0.1/callback", false],
  ["port-less", "http://127.0.0.1/callback", true],
  ["port-less", "http://localhost/callback", false],
] as const)("a client's document is fetched over https, and its redirect URIs are compared %s with %s", async (fetchesClientDocuments, listed, accepted) => {
  const walk = await openWalk();
  const authority = await createAuthority(walk.home.directory);
  const documents = walk.keep(await startClientDocumentServer(walk.ledger, { tls: authority.server(), document: { redirect_uris: [listed] } }));
  const { issuer, validate } = await walk.issuer({ fetchesClientDocuments, clientDocumentCa: authority.cert });
  const as = await discover(issuer);
  expect(as["client_id_metadata_document_supported"]).toBe(true);
  const asked = signIn(as, { client_id: documents.url });
  if (!accepted) return void (await expect(asked).rejects.toThrow());
  expect(validate((await asked).access_token)).toMatchObject({ ok: true, token: { clientId: documents.url } });
  expect(walk.ledger.sequence("documents")[0]).toBe("documents GET /client.json → 200");
});

test("a document that is not there, not JSON, or another's makes no client", async () => {
  const walk = await openWalk();
  const documents = walk.keep(await startClientDocumentServer(walk.ledger));
  const { origin } = await walk.issuer({ fetchesClientDocuments: "port-less" });
  const look = async (): Promise<number> => (await fetch(`${origin}/authorize?client_id=${documents.url}&redirect_uri=http://127.0.0.1/callback`, { redirect: "manual" })).status;
  expect(await look()).toBe(302);
  documents.toggles.answer = ["absent", "html", "wrong-type", "document"];
  expect([await look(), await look(), await look(), await look()]).toEqual([400, 400, 400, 302]);
  for (const document of [{ client_id: "https://other.example/c.json" }, { client_secret: "s" }, { redirect_uris: undefined }, { token_endpoint_auth_method: "client_secret_basic" }]) {
    documents.toggles.document = document;
    expect(await look()).toBe(400);
  }
});

test("a resource server can refuse the tokens of clients that came by a document", async () => {
  const walk = await openWalk();
  const documents = walk.keep(await startClientDocumentServer(walk.ledger));
  const issuer = await walk.issuer({ fetchesClientDocuments: "port-less" });
  const server = await walk.resource({ trusts: issuer, acceptsDocumentClients: false });
  const as = await discover(issuer.issuer);
  const statusFor = async (token: string): Promise<number> => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } } });
    return (await fetch(server.url, { method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${token}` }, body })).status;
  };
  expect(await statusFor((await signIn(as, { client_id: documents.url })).access_token)).toBe(401);
  expect(await statusFor((await signIn(as, await registered(as))).access_token)).toBe(200);
});

test("an issuer with another name and https is signed in to through the proxy, under that name only", async () => {
  const walk = await openWalk();
  const authority = await createAuthority(walk.home.directory);
  const callback = await walk.bystander("callback");
  const issuer = await walk.issuer({ publicOrigin: "https://login.example.com", tls: authority.server({ names: ["login.example.com"] }), clients: [{ client_id: "c", redirect_uris: [`${callback.origin}/`] }] });
  const server = await walk.resource({ trusts: issuer, publicOrigin: "https://mcp.example.com", tls: authority.server({ names: ["mcp.example.com"] }) });
  const proxy = await walk.proxy({ routes: { "login.example.com:443": `127.0.0.1:${String(issuer.port)}` } });
  expect([issuer.issuer, server.url]).toEqual(["https://login.example.com", "https://mcp.example.com/mcp"]);
  const browser = walk.browser({ ca: authority.file, proxy: proxy.url });
  const query = new URLSearchParams({ client_id: "c", redirect_uri: `${callback.origin}/`, response_type: "code", code_challenge: "x".repeat(43), code_challenge_method: "S256" });
  await promisify(execFile)(process.execPath, [followScript, `${issuer.issuer}/authorize?${query.toString()}`], { env: { ...process.env, ...browser.environment } });
  expect(walk.ledger.sequence()).toEqual(["issuer GET /authorize → 302", "callback GET / → 200"]);
  expect(walk.ledger.entries[1]?.path).toContain("iss=https%3A%2F%2Flogin.example.com");
  expect(proxy.targets()).toEqual({ "login.example.com:443": 1 });
});
