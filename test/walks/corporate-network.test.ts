import { writeFile } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { expect, test } from "vitest";

import { expectNowhere } from "../rig/canary.ts";
import type { ForwardProxy } from "../rig/proxy.ts";
import { type CertificateAuthority, createAuthority } from "../rig/tls.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import type { ServerTls } from "../servers/listener.ts";
import type { ResourceServer } from "../servers/resource-server.ts";
import { ageGrant } from "./age-grant.ts";

interface Company {
  readonly walk: Walk;
  readonly authority: CertificateAuthority;
  readonly issuer: AuthorizationServer;
  readonly server: ResourceServer;
  readonly proxy: ForwardProxy;
  /** Of the program: the way out is the proxy, and there is no other, because the names are known to nobody else. */
  readonly env: Readonly<Record<string, string>>;
}

const credentials = { user: "clerk", password: "pr0xy-s3cret" };

/** A server and its issuer behind names that only the proxy knows, with certificates of the company's own authority. */
async function openCompany(options: { mutual?: boolean; issuer?: AuthorizationServerOptions } = {}): Promise<Company> {
  const walk = await openWalk();
  const authority = await createAuthority(walk.home.directory, "Example Corp Root");
  const certificate = (name: string): ServerTls => (options.mutual === true ? authority.mutual({ names: [name] }) : authority.server({ names: [name] }));
  const issuer = await walk.issuer({ tls: certificate("login.corp.example"), publicOrigin: "https://login.corp.example", ...options.issuer });
  const server = await walk.resource({ tls: certificate("mcp.corp.example"), publicOrigin: "https://mcp.corp.example", trusts: issuer });
  const proxy = await walk.proxy({ credentials, routes: { "login.corp.example:443": `127.0.0.1:${issuer.port}`, "mcp.corp.example:443": `127.0.0.1:${server.port}` } });
  return { walk, authority, issuer, server, proxy, env: { HTTPS_PROXY: proxy.url } };
}

/** Sign-in, call, renewal, sign-out: every leg there is. */
async function live({ walk, authority, server, proxy, env }: Company): Promise<void> {
  const browser = walk.browser({ ca: authority.file, proxy: proxy.url });
  const signedIn = await walk.run(["auth", "corp"], { env, browser });
  expect([signedIn.exitCode, signedIn.exitCode === 0 ? "" : signedIn.stderr]).toEqual([0, ""]);
  await ageGrant(walk, server.url, -1000);
  const called = await walk.run(["call", "corp", "echo", "text=hi"], { env });
  expect([called.stdout, called.exitCode === 0 ? "" : called.stderr]).toEqual([expect.stringContaining("hi"), ""]);
  expect((await walk.run(["logout", "corp"], { env })).stderr).toContain("revoked at its authorization server");
}

const legs = {
  issuer: ["/.well-known/oauth-authorization-server", "/register", "/token", "/revoke"],
  resource: ["/.well-known/oauth-protected-resource*", "/mcp"],
} as const;

test.each(["NODE_EXTRA_CA_CERTS", "tls.ca"])("E01: with the company's authority from %s, every leg of a server's life goes through the proxy and trusts it", async (from) => {
  const company = await openCompany();
  const { walk, authority, server, proxy } = company;
  await walk.configure({ corp: { type: "remote", url: server.url, ...(from === "tls.ca" ? { tls: { ca: authority.file } } : {}) } });
  await live({ ...company, env: { ...company.env, ...(from === "tls.ca" ? {} : { NODE_EXTRA_CA_CERTS: authority.file }) } });
  for (const [party, paths] of Object.entries(legs)) for (const path of paths) expect([path, walk.ledger.count({ party, path }) > 0]).toEqual([path, true]);
  expect(walk.ledger.count({ party: "issuer", path: "/token" })).toBe(2);
  expect(walk.ledger.sequence().filter((line) => line.includes("TLS handshake"))).toEqual([]);
  const targets = proxy.targets();
  expect(Object.keys(targets).toSorted()).toEqual(["login.corp.example:443", "mcp.corp.example:443"]);
  expect(proxy.legs.every(({ kind, status }) => kind === "connect" && status === 200)).toBe(true);
  // Each of these forms has a tunnel of its own: two tokens, two revocations. What else was asked shared some.
  expect(targets["login.corp.example:443"]).toBeGreaterThanOrEqual(5);
  expectNowhere([credentials.password], { texts: { printed: walk.printed() }, ledger: walk.ledger });
}, 60_000);

test("E02: a client certificate is shown on every leg, to the server and to its issuer, through the proxy", async () => {
  const company = await openCompany({ mutual: true });
  const { walk, authority, server, env } = company;
  const { certFile, keyFile } = await authority.client("mcpass on a laptop");
  // The browser of this person has no certificate, so the address is pasted: the issuer's page is asked by hand.
  await walk.configure({ corp: { type: "remote", url: server.url, tls: { ca: authority.file, cert: certFile, key: keyFile } } });
  const started = await walk.run(["auth", "corp", "--start", "--json"], { env });
  expect([started.exitCode, started.exitCode === 0 ? "" : started.stderr]).toEqual([0, ""]);
  const { url, redirectUri, state } = JSON.parse(started.stdout) as { url: string; redirectUri: string; state: string };
  const location = await approveWithCertificate(company, url, await authority.client("browser"));
  expect(location).toContain(`${redirectUri}?`);
  const finished = await walk.run(["auth", "corp", "--finish", location], { env });
  expect([finished.exitCode, finished.exitCode === 0 ? state : finished.stderr]).toEqual([0, state]);
  await ageGrant(walk, server.url, -1000);
  expect((await walk.run(["call", "corp", "echo", "text=hi"], { env })).stdout).toContain("hi");
  expect((await walk.run(["logout", "corp"], { env })).stderr).toContain("revoked at its authorization server");
  for (const [party, paths] of Object.entries(legs)) {
    for (const path of paths) expect([path, ...new Set(walk.ledger.find({ party, path }).map(({ clientCertificate }) => clientCertificate))]).toEqual([path, "mcpass on a laptop"]);
  }
}, 60_000);

function approveWithCertificate({ issuer, authority }: Company, url: string, person: { readonly key: string; readonly cert: string }): Promise<string> {
  const { pathname, search } = new URL(url);
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port: issuer.port, path: pathname + search, servername: "login.corp.example", ca: authority.cert, key: person.key, cert: person.cert, headers: { host: "login.corp.example" } };
    request(options, (answer) => {
      answer.resume();
      resolve(answer.headers.location ?? "");
    }).on("error", reject).end();
  });
}

test("E01: the leg whose certificate is not trusted is named, with the authority and the setting to change", async () => {
  const { walk, authority, server, env } = await openCompany();
  await walk.configure({ corp: { type: "remote", url: server.url } });
  const { exitCode, stderr } = await walk.run(["tools", "corp"], { env });
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('The server request to https://mcp.corp.example/mcp failed: the certificate of mcp.corp.example was issued by')]);
  expect(stderr).toContain('"tls": { "ca": "FILE" }');

  const other = await createAuthority(walk.home.directory, "Other Corp Root");
  const issuer = await walk.issuer({ party: "far", tls: other.server() });
  const near = await walk.resource({ party: "near", tls: authority.server(), trusts: issuer });
  await walk.configure({ half: { type: "remote", url: near.url, tls: { ca: authority.file } } });
  const half = await walk.run(["auth", "half", "--no-browser"]);
  expect(half.exitCode).toBe(1);
  expect(half.stderr).toMatch(/The issuer metadata request to https:\/\/127\.0\.0\.1:\d+\/\.well-known\S+ failed: the certificate of 127\.0\.0\.1:\d+ was issued by "Other Corp Root"/);
});

test("E01: a token endpoint with a certificate of its own is named as the token leg; nothing is stored", async () => {
  const walk = await openWalk();
  const [authority, other] = [await createAuthority(walk.home.directory, "Corp Root"), await createAuthority(walk.home.directory, "Token Root")];
  const issuer = await walk.issuer({ tls: authority.server() });
  const tokens = await issuer.alsoListen("tokens", { tls: other.server() });
  issuer.toggles.metadata = { token_endpoint: `${tokens.origin}/token` };
  const server = await walk.resource({ tls: authority.server(), trusts: issuer });
  await walk.configure({ corp: { type: "remote", url: server.url, tls: { ca: authority.file } } });
  const { exitCode, stderr } = await walk.run(["auth", "corp"], { browser: walk.browser({ ca: authority.file }) });
  expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/The token request to https:\/\/127\.0\.0\.1:\d+\/token failed: the certificate .* "Token Root"/)]);
  expect((await walk.run(["auth", "list", "--json"])).stdout).not.toContain(server.url);
});

test.each([
  ["has ended", { expired: true }, /ended on .*\(CERT_HAS_EXPIRED\)/],
  ["is for another name", { names: ["elsewhere.example"] }, /is for DNS:elsewhere\.example \(ERR_TLS_CERT_ALTNAME_INVALID\)/],
])("E01: a certificate that %s says so", async (_what, certificate, words) => {
  const walk = await openWalk();
  const authority = await createAuthority(walk.home.directory);
  const server = await walk.resource({ tls: authority.server(certificate) });
  await walk.configure({ corp: { type: "remote", url: server.url, tls: { ca: authority.file } } });
  expect((await walk.run(["tools", "corp"])).stderr).toMatch(words);
});

test("E01: a proxy that is away, wants credentials or refuses is named, without its password; NO_PROXY and this machine go straight", async () => {
  const { walk, authority, server, proxy } = await openCompany();
  await walk.configure({ corp: { type: "remote", url: server.url, tls: { ca: authority.file } } });
  const said = async (url: string, more: Record<string, string> = {}): Promise<string> => (await walk.run(["tools", "corp"], { env: { HTTPS_PROXY: url, ...more } })).stderr;
  expect(await said(proxy.origin)).toMatch(/the proxy http:\/\/127\.0\.0\.1:\d+ would not connect to mcp\.corp\.example:443: it answered 407 and asks for credentials/);
  expect(await said("http://clerk:pr0xy-s3cret@127.0.0.1:1")).toContain("the proxy http://127.0.0.1:1 could not be used: ECONNREFUSED");
  expect(await said("socks5://127.0.0.1:1")).toContain("a proxy of the kind socks5:// cannot be used");
  delete proxy.routes["mcp.corp.example:443"];
  expect(await said(proxy.url)).toContain("it answered 502");
  const before = proxy.legs.length;
  expect(await said(proxy.url, { NO_PROXY: ".corp.example" })).toMatch(/ENOTFOUND|EAI_AGAIN/);
  const local = await walk.resource({ party: "local" });
  await walk.configure({ corp: { type: "remote", url: local.url } });
  expect((await walk.run(["tools", "corp"], { env: { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url } })).exitCode).toBe(0);
  expect(proxy.legs.length).toBe(before);
  expectNowhere([credentials.password], { texts: { printed: walk.printed() } });
}, 60_000);

test("E02: a server that asks for a certificate says so; a key that is missing, garbled or another certificate's is named by its path", async () => {
  const walk = await openWalk();
  const authority = await createAuthority(walk.home.directory);
  const server = await walk.resource({ tls: authority.mutual() });
  const [own, other] = [await authority.client("own"), await authority.client("other")];
  const said = async (tls: object): Promise<string> => {
    await walk.configure({ corp: { type: "remote", url: server.url, tls: { ca: authority.file, ...tls } } });
    return (await walk.run(["tools", "corp"])).stderr;
  };
  expect(await said({})).toMatch(/asks for a client certificate|ECONNRESET|EPIPE/);
  const garbled = join(walk.home.directory, "garbled.key");
  await writeFile(garbled, "s3cret-of-the-key");
  expect(await said({ cert: own.certFile, key: garbled })).toContain(`The file ${garbled}, which tls.key names, cannot be used: it holds nothing in PEM form.`);
  await writeFile(garbled, "-----BEGIN PRIVATE KEY-----\ns3cret-of-the-key\n-----END PRIVATE KEY-----\n");
  expect(await said({ cert: own.certFile, key: garbled })).toContain(`the key ${garbled} (tls.key)`);
  expect(await said({ cert: own.certFile, key: join(walk.home.directory, "absent.key") })).toContain("absent.key, which tls.key names, cannot be used: it does not exist.");
  expect(await said({ cert: own.certFile, key: other.keyFile })).toContain("does not belong to the certificate");
  expect(await said({ cert: own.certFile })).toContain("must have both cert and key, or neither");
  expect(await said({ cert: own.certFile, key: own.keyFile })).toBe("");
  expectNowhere(["s3cret-of-the-key"], { texts: { printed: walk.printed() } });
}, 60_000);
