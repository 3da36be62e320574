import { X509Certificate } from "node:crypto";
import { request } from "node:https";
import { expect, test } from "vitest";
import { createAuthority } from "./tls.ts";
import { openWalk, type Walk } from "./walk.ts";

/** Node's own TLS (OpenSSL) is the oracle. Resolves to the status and body, or to the error's code. */
function get(url: string, options: object): Promise<string> {
  return new Promise((resolve) => {
    const outgoing = request(url, { ...options, agent: false }, (answer) => {
      let body = "";
      answer.on("data", (part) => (body += String(part))).on("end", () => resolve(`${String(answer.statusCode)} ${body.includes("bystander") ? "bystander" : body}`));
      answer.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
    outgoing.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message)).end();
  });
}

async function open(): Promise<{ walk: Walk; authority: Awaited<ReturnType<typeof createAuthority>> }> {
  const walk = await openWalk();
  return { walk, authority: await createAuthority(walk.home.directory) };
}

test("a server with a certificate of the authority is trusted by who names the authority, and by nobody else", async () => {
  const { walk, authority } = await open();
  const server = await walk.bystander("secure", undefined, { tls: authority.server() });
  expect(server.origin).toMatch(/^https:/);
  expect(await get(server.origin, { ca: authority.cert })).toBe("200 bystander");
  expect(await get(server.origin, {})).toMatch(/UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED|UNABLE_TO_GET_ISSUER/);
  expect(walk.ledger.sequence()[0]).toBe("secure GET / → 200");
});

test("an expired certificate and one for another name are told apart", async () => {
  const { walk, authority } = await open();
  const expired = await walk.bystander("expired", undefined, { tls: authority.server({ expired: true }) });
  const other = await walk.bystander("other", undefined, { tls: authority.server({ names: ["other.example"] }) });
  expect(await get(expired.origin, { ca: authority.cert })).toBe("CERT_HAS_EXPIRED");
  expect(await get(other.origin, { ca: authority.cert })).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
});

test("a server that wants a client certificate cuts without one, and the ledger names whose it was", async () => {
  const { walk, authority } = await open();
  const server = await walk.bystander("mutual", undefined, { tls: authority.mutual() });
  const { key, cert } = await authority.client("cron job");
  expect(await get(server.origin, { ca: authority.cert })).toMatch(/ERR_SSL|ECONNRESET|EPIPE/);
  expect(await get(server.origin, { ca: authority.cert, key, cert })).toBe("200 bystander");
  expect(walk.ledger.sequence()).toEqual(["mutual TLS handshake → cut", "mutual GET / → 200"]);
  expect(walk.ledger.entries[1]?.clientCertificate).toBe("cron job");
});

test("the certificates read well for a person", async () => {
  const { authority } = await open();
  const { cert } = authority.server({ names: ["login.example.com", "127.0.0.1"], commonName: "login" });
  const read = new X509Certificate(cert);
  expect([read.subject, read.issuer, read.subjectAltName]).toEqual(["CN=login", "CN=mcpass test authority", "DNS:login.example.com, IP Address:127.0.0.1"]);
  expect(read.verify(new X509Certificate(authority.cert).publicKey)).toBe(true);
});
