import { expect, test } from "vitest";

import { type CertificateAuthority, type CertificateOptions, createAuthority } from "../rig/tls.ts";
import { openWalk, type Walk } from "../rig/walk.ts";

interface Examined {
  readonly lines: string;
  readonly tls: readonly { readonly mark: string; readonly said: string; readonly url: string; readonly clause: string }[];
  readonly verdict: { readonly kind: string; readonly fault?: string; readonly error?: { readonly code: string; readonly details: Record<string, unknown> } };
  readonly remedy?: { readonly said: string };
}

async function examined(walk: Walk, env: Readonly<Record<string, string>> = {}): Promise<Examined> {
  const [shown, machine] = [await walk.run(["doctor", "corp"], { env }), await walk.run(["doctor", "corp", "--json"], { env })];
  const { findings, verdict, remedy } = JSON.parse(machine.stdout) as Pick<Examined, "verdict" | "remedy"> & { readonly findings: (Examined["tls"][number] & { readonly leg: string })[] };
  return { lines: shown.stdout, tls: findings.filter(({ leg }) => leg === "tls"), verdict, ...(remedy === undefined ? {} : { remedy }) };
}

const day = /\d{4}-\d\d-\d\d/.source;
const faults: readonly (readonly [string, CertificateOptions, RegExp, string])[] = [
  ["is of an unknown authority", {}, /was issued by "Far Root" that is not trusted here \(\w+\); it shows "far\.example" \(.*\), issued by "Far Root", valid D to D\. If you trust/, '"tls": { "ca": "FILE" } on the server, or NODE_EXTRA_CA_CERTS=FILE'],
  ["is signed by itself", { selfSigned: true }, /is signed by nobody but itself, and not trusted here \(DEPTH_ZERO_SELF_SIGNED_CERT\); it shows "far\.example" \(.*\), issued by itself, valid D to D\. If you trust/, "name its own file"],
  ["has ended", { expired: true }, /ended on .* \(CERT_HAS_EXPIRED\); it shows "far\.example" .*valid D to D\. /, "must renew it"],
  ["is for another host", { names: ["elsewhere.example"] }, /is for DNS:elsewhere\.example \(ERR_TLS_CERT_ALTNAME_INVALID\); it shows "far\.example" \(DNS:elsewhere\.example\), .*valid D to D\. /, "Use the name"],
];
const withDays = (pattern: RegExp): RegExp => new RegExp(pattern.source.replaceAll("valid D to D", `valid ${day} to ${day}`));

async function open(): Promise<{ walk: Walk; near: CertificateAuthority; far: CertificateAuthority; ca: string }> {
  const walk = await openWalk();
  const [near, far] = [await createAuthority(walk.home.directory, "Near Root"), await createAuthority(walk.home.directory, "Far Root")];
  return { walk, near, far, ca: near.file };
}

/** An expired one, or one for another host, is of an authority that is trusted: what is wrong is only that. */
const authorityOf = ({ near, far }: { near: CertificateAuthority; far: CertificateAuthority }, certificate: CertificateOptions): CertificateAuthority => (certificate.expired === true || certificate.names !== undefined ? near : far);

test.each(faults)("E01: doctor says of a server's certificate that it %s: whose it is, by whom, how long, and what to set", async (_what, certificate, words, hint) => {
  const place = await open();
  const { walk, ca } = place;
  const server = await walk.resource({ tls: authorityOf(place, certificate).server({ commonName: "far.example", ...certificate }) });
  await walk.configure({ corp: { type: "remote", url: server.url, tls: { ca } } });
  const { tls, lines, verdict, remedy } = await examined(walk);
  expect(tls).toEqual([expect.objectContaining({ mark: "bad", url: server.origin, said: expect.stringMatching(/^for the MCP server: /) as string })]);
  expect(tls[0]?.said.replace(/"Near Root"/g, '"Far Root"')).toMatch(withDays(words));
  expect(tls[0]?.said).toContain(hint);
  expect(lines).toContain("✗ tls");
  expect([verdict.kind, verdict.error?.code, remedy?.said]).toEqual(["broken", "unreachable", expect.stringContaining(hint)]);
  expect(verdict.error?.details["certificate"]).toMatchObject({ subject: "far.example" });
  expect(walk.ledger.sequence().filter((line) => !line.includes("TLS handshake"))).toEqual([]);
});

test.each(faults)("E01: doctor says of the issuer's certificate that it %s, and of the server's that it is trusted", async (_what, certificate, words, hint) => {
  const place = await open();
  const { walk, near, ca } = place;
  const issuer = await walk.issuer({ tls: authorityOf(place, certificate).server({ commonName: "far.example", ...certificate }) });
  const server = await walk.resource({ tls: near.server({ commonName: "near.example" }), trusts: issuer });
  await walk.configure({ corp: { type: "remote", url: server.url, tls: { ca } } });
  const { tls, verdict } = await examined(walk);
  expect(tls).toEqual([
    expect.objectContaining({ mark: "good", url: server.origin, said: expect.stringMatching(/^for the MCP server: trusted; it shows "near\.example" .* issued by "Near Root", valid /) as string }),
    expect.objectContaining({ mark: "bad", url: issuer.origin, said: expect.stringMatching(/^for issuer metadata: /) as string }),
  ]);
  expect(tls[1]?.said.replace(/"Near Root"/g, '"Far Root"')).toMatch(withDays(words));
  expect(tls[1]?.said).toContain(hint);
  expect([verdict.kind, verdict.fault]).toEqual(["broken", "issuer"]);
});

test("E01: the host of the token endpoint, which no other leg speaks to, is looked at too: a sign-in that could only fail is not called ready", async () => {
  const { walk, near, far, ca } = await open();
  const issuer = await walk.issuer({ tls: near.server() });
  const tokens = await issuer.alsoListen("tokens", { tls: far.server({ commonName: "tokens.example" }) });
  issuer.toggles.metadata = { token_endpoint: `${tokens.origin}/token` };
  const server = await walk.resource({ tls: near.server(), trusts: issuer });
  await walk.configure({ corp: { type: "remote", url: server.url, tls: { ca } } });
  const { tls, verdict, remedy } = await examined(walk);
  expect(tls.map(({ mark, url, said }) => [mark, url, said.split(":")[0]])).toEqual([
    ["good", server.origin, "for the MCP server"],
    ["good", issuer.origin, "for issuer metadata, registration"],
    ["bad", tokens.origin, "for tokens"],
  ]);
  expect(verdict).toMatchObject({ kind: "broken", fault: "issuer", error: { code: "unreachable", details: { leg: "token", certificate: { subject: "tokens.example", issuer: "Far Root" } } } });
  expect(remedy?.said).toContain("NODE_EXTRA_CA_CERTS=FILE");
  // A handshake and no more; with the authority named all is well.
  expect(walk.ledger.find({ party: "tokens" }).map(({ method }) => method)).toEqual(["TLS", "TLS"]);
  const well = await examined(walk, { NODE_EXTRA_CA_CERTS: far.file });
  expect([well.tls.map(({ mark }) => mark), well.verdict.kind]).toEqual([["good", "good", "good"], "oauth_ready"]);
  expect(walk.ledger.sequence("tokens").filter((line) => !line.includes("TLS handshake"))).toEqual([]);
});

test("E01: certificates are looked at on the way that requests take: through the proxy, with the client's own", async () => {
  const { walk, near, ca } = await open();
  const { certFile, keyFile } = await near.client("laptop");
  const issuer = await walk.issuer({ tls: near.mutual({ names: ["login.corp.example"], commonName: "login" }), publicOrigin: "https://login.corp.example" });
  const server = await walk.resource({ tls: near.mutual({ names: ["mcp.corp.example"], commonName: "mcp" }), publicOrigin: "https://mcp.corp.example", trusts: issuer });
  const proxy = await walk.proxy({ routes: { "login.corp.example:443": `127.0.0.1:${issuer.port}`, "mcp.corp.example:443": `127.0.0.1:${server.port}` } });
  await walk.configure({ corp: { type: "remote", url: server.url, tls: { ca, cert: certFile, key: keyFile } } });
  const { tls } = await examined(walk, { HTTPS_PROXY: proxy.url });
  expect(tls.map(({ mark, url, said }) => [mark, url, /it shows "(\w+)"/.exec(said)?.[1]])).toEqual([["good", "https://mcp.corp.example", "mcp"], ["good", "https://login.corp.example", "login"]]);
});

test("E02: a server that asks for a client certificate is not called trusted for its own", async () => {
  const { walk, near, ca } = await open();
  const server = await walk.resource({ tls: near.mutual() });
  await walk.configure({ corp: { type: "remote", url: server.url, tls: { ca } } });
  const { tls, verdict } = await examined(walk);
  expect(tls.map(({ mark }) => mark)).not.toContain("good");
  expect(verdict.kind).toBe("broken");
});
