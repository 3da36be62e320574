import { expect, test } from "vitest";

import { expectNowhere } from "../rig/canary.ts";
import type { ForwardProxy } from "../rig/proxy.ts";
import { type CertificateAuthority, createAuthority } from "../rig/tls.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { ResourceServer } from "../servers/resource-server.ts";
import { ageGrant } from "./age-grant.ts";
import { freePort } from "../rig/free-port.ts";

interface Company {
  readonly walk: Walk;
  /** Of the servers and of the proxy: two authorities, so that it shows which one is missing. */
  readonly servers: CertificateAuthority;
  readonly proxies: CertificateAuthority;
  readonly server: ResourceServer;
  readonly proxy: ForwardProxy;
  /** The same way out for the browser double, which speaks plain http to proxies. */
  readonly plain: ForwardProxy;
}

const credentials = { user: "clerk", password: "pr0xy-s3cret" };

async function openCompany(certificate: Parameters<CertificateAuthority["server"]>[0] = {}): Promise<Company> {
  const walk = await openWalk();
  const [servers, proxies] = [await createAuthority(walk.home.directory, "Server Root"), await createAuthority(walk.home.directory, "Proxy Root")];
  const issuer = await walk.issuer({ tls: servers.server({ names: ["login.corp.example"] }), publicOrigin: "https://login.corp.example" });
  const server = await walk.resource({ tls: servers.server({ names: ["mcp.corp.example"] }), publicOrigin: "https://mcp.corp.example", trusts: issuer });
  const routes = { "login.corp.example:443": `127.0.0.1:${issuer.port}`, "mcp.corp.example:443": `127.0.0.1:${server.port}` };
  const proxy = await walk.proxy({ credentials, routes, tls: proxies.server(certificate) });
  await walk.configure({ corp: { type: "remote", url: server.url, tls: { ca: servers.file }, oauth: { callbackPort: await freePort() } } });
  return { walk, servers, proxies, server, proxy, plain: await walk.proxy({ routes }) };
}

test("E01: a proxy that is spoken to by https carries every leg: TLS inside TLS, its certificate and each server's both verified", async () => {
  const { walk, servers, proxies, server, proxy, plain } = await openCompany();
  const env = { HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: proxies.file };
  expect(proxy.url).toMatch(/^https:\/\/clerk:/);
  const signedIn = await walk.run(["auth", "corp"], { env, browser: walk.browser({ ca: servers.file, proxy: plain.url }) });
  expect([signedIn.exitCode, signedIn.exitCode === 0 ? "" : signedIn.stderr]).toEqual([0, ""]);
  await ageGrant(walk, server.url, -1000);
  const called = await walk.run(["call", "corp", "echo", "text=hi"], { env });
  expect([called.stdout, called.exitCode === 0 ? "" : called.stderr]).toEqual([expect.stringContaining("hi"), ""]);
  expect((await walk.run(["logout", "corp"], { env })).stderr).toContain("revoked at its authorization server");
  expect(Object.keys(proxy.targets()).toSorted()).toEqual(["login.corp.example:443", "mcp.corp.example:443"]);
  expect(proxy.legs.every(({ kind, status }) => kind === "connect" && status === 200)).toBe(true);
  expect(plain.legs.map(({ target }) => target)).toEqual(["login.corp.example:443"]);
  expectNowhere([credentials.password], { texts: { printed: walk.printed() }, ledger: walk.ledger });
}, 60_000);

test("E01: plain http goes through it in absolute form", async () => {
  const { walk, proxies, proxy } = await openCompany();
  const open = await walk.resource({ party: "intranet", publicOrigin: "http://intranet.corp.example" });
  proxy.routes["intranet.corp.example:80"] = `127.0.0.1:${open.port}`;
  await walk.configure({ intranet: { type: "remote", url: open.url } });
  const { stdout, stderr, exitCode } = await walk.run(["tools", "intranet"], { env: { HTTP_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: proxies.file } });
  expect([exitCode, exitCode === 0 ? "" : stderr, stdout]).toEqual([0, "", expect.stringContaining("add_numbers")]);
  expect(new Set(proxy.legs.map(({ kind, target }) => `${kind} ${target}`))).toEqual(new Set(["forward intranet.corp.example:80"]));
});

test.each([
  ["of an authority that is not trusted", {}, false, /the certificate of the proxy 127\.0\.0\.1:\d+ was issued by "Proxy Root" that is not trusted here/, "NODE_EXTRA_CA_CERTS=FILE"],
  ["that has ended", { expired: true }, true, /the certificate of the proxy 127\.0\.0\.1:\d+ ended on .*\(CERT_HAS_EXPIRED\)/, "renew it"],
  ["for another name", { names: ["elsewhere.example"] }, true, /the certificate that the proxy 127\.0\.0\.1:\d+ showed is for DNS:elsewhere\.example/, "Use the name"],
] as const)("E01: a proxy's certificate %s is said to be the proxy's, with what to change, for https and for http", async (_what, certificate, trusted, words, hint) => {
  const { walk, proxies, proxy } = await openCompany({ ...certificate });
  await walk.configure({ corp: { type: "remote", url: "https://mcp.corp.example/mcp" }, intranet: { type: "remote", url: "http://intranet.corp.example/mcp" } });
  const env = { HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url, ...(trusted ? { NODE_EXTRA_CA_CERTS: proxies.file } : {}) };
  for (const name of ["corp", "intranet"]) {
    const { stderr } = await walk.run(["tools", name], { env });
    expect(stderr).toMatch(words);
    expect(stderr).toContain(hint);
    expect(stderr).not.toContain('"tls"');
  }
  expect(proxy.legs).toEqual([]);
  expectNowhere([credentials.password], { texts: { printed: walk.printed() } });
}, 60_000);

test("E01: a proxy of the other scheme than its variable says, and one that wants credentials, are named", async () => {
  const { walk, proxies, proxy, plain } = await openCompany();
  const said = async (HTTPS_PROXY: string): Promise<string> => (await walk.run(["tools", "corp"], { env: { HTTPS_PROXY, NODE_EXTRA_CA_CERTS: proxies.file } })).stderr;
  expect(await said(plain.url.replace("http:", "https:"))).toMatch(/what answers at the proxy 127\.0\.0\.1:\d+ does not speak TLS .*\n.*http:\/\//);
  expect(await said(proxy.url.replace("https:", "http:"))).toMatch(/the proxy http:\/\/127\.0\.0\.1:\d+ could not be used/);
  expect(await said(proxy.origin)).toContain("it answered 407 and asks for credentials");
}, 60_000);
