import type { DetailedPeerCertificate, PeerCertificate, TLSSocket } from "node:tls";

import { plainText } from "../../base/redact.ts";
import type { Certificate } from "../../base/runtime.ts";

interface Shown {
  readonly certificate: Certificate | undefined;
  /** The top of its chain, as far as the server sent it. */
  readonly authority: string | undefined;
}

/** Certificates that servers showed, for the message when one is not accepted: afterwards the connection no longer knows. */
export interface ShownCertificates {
  watch(socket: TLSSocket): void;
  /** The error of a TLS connection in words, with what to change as `hint` and what was shown as `certificate`; any other error as it is. E01, E02 */
  explain(error: unknown, options: Handshake): unknown;
}

export interface Handshake {
  readonly socket: object | null;
  readonly host: string;
  /** We had a client certificate to show. */
  readonly withCertificate: boolean;
  /** The host is a proxy: what can be changed is another thing. */
  readonly proxy?: boolean | undefined;
}

const untrusted = new Set(["SELF_SIGNED_CERT_IN_CHAIN", "DEPTH_ZERO_SELF_SIGNED_CERT", "UNABLE_TO_GET_ISSUER_CERT", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "CERT_UNTRUSTED"]);
const askedFor = /ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE|CERTIFICATE_UNKNOWN|CERTIFICATE_EXPIRED|ACCESS_DENIED)/;

export function createShownCertificates(): ShownCertificates {
  const shown = new WeakMap<object, Shown>();
  return {
    watch: (socket) => {
      // Before Node itself judges the certificate and, if it does not accept it, forgets it.
      socket.prependOnceListener("secure", () => shown.set(socket, read(socket.getPeerCertificate(true))));
    },
    explain: (error, handshake) => {
      const { socket } = handshake;
      const code = String((error as { code?: unknown } | undefined)?.code ?? "");
      if (/wrong version number|packet length too long/.test(String((error as { message?: unknown } | undefined)?.message))) return noTls(error, code, handshake);
      const seen = (socket === null ? undefined : shown.get(socket)) ?? read(undefined);
      const words = inWords(code, handshake, seen);
      return words === undefined ? error : Object.assign(new Error(`${words.what} (${code})`, { cause: error }), { code, hint: words.hint, certificate: seen.certificate });
    },
  };
}

/** Its first bytes are no TLS record: another port, or plain http. */
function noTls(cause: unknown, code: string, { host, proxy }: Handshake): Error {
  const hint = proxy === true ? "Check the port; most proxies are spoken to by http://, also on the way to https servers." : "Check the port of the address; a server of this machine may be plain http://.";
  return Object.assign(new Error(`what answers at ${nameOf({ host, proxy })} does not speak TLS (${code})`, { cause }), { code, hint });
}

function nameOf({ host, proxy }: Pick<Handshake, "host" | "proxy">): string {
  return proxy === true ? `the proxy ${host}` : host;
}

function inWords(code: string, { withCertificate, proxy, ...handshake }: Handshake, { authority, certificate }: Shown): { readonly what: string; readonly hint: string } | undefined {
  const host = nameOf({ ...handshake, proxy });
  const { names, validFrom, validTo } = certificate ?? {};
  const name = (file: string): string => `${file}: ${proxy === true ? "" : `"tls": { "ca": "FILE" } on the server, or `}NODE_EXTRA_CA_CERTS=FILE${proxy === true ? "" : " for everything"}.`;
  if (code === "DEPTH_ZERO_SELF_SIGNED_CERT") return { what: `the certificate of ${host} is signed by nobody but itself, and not trusted here`, hint: name("If you trust it, name its own file") };
  if (untrusted.has(code)) {
    return {
      what: `the certificate of ${host} was issued by ${authority === undefined ? "an authority" : `"${authority}"`} that is not trusted here`,
      hint: name("If you trust that authority, name its file"),
    };
  }
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    const when = code === "CERT_HAS_EXPIRED" ? `ended on ${validTo ?? "a day before today"}` : `begins only on ${validFrom ?? "a day after today"}`;
    return { what: `the certificate of ${host} ${when}`, hint: "Its operator must renew it; check the clock of this machine too." };
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return { what: `the certificate that ${host} showed is for ${names ?? "other names"}`, hint: "Use the name that the certificate is for, or ask the operator for one with this name." };
  if (!askedFor.test(code)) return undefined;
  if (proxy === true) return { what: `${host} did not accept the connection without a client certificate`, hint: "mcpass shows client certificates to servers only: use a proxy that takes a name and a password, or add the host to NO_PROXY." };
  return withCertificate
    ? { what: `${host} did not accept the client certificate`, hint: "Check tls.cert and tls.key of the server's entry: who issued the certificate, and when it ends." }
    : { what: `${host} asks for a client certificate`, hint: 'Set "tls": { "cert": "FILE", "key": "FILE" } on the server.' };
}

/** What the other side of a connection showed. */
export function readCertificate(socket: TLSSocket): Certificate | undefined {
  return read(socket.getPeerCertificate()).certificate;
}

function read(leaf: PeerCertificate | DetailedPeerCertificate | undefined): Shown {
  if (leaf?.issuer === undefined) return { authority: undefined, certificate: undefined };
  let top = leaf as DetailedPeerCertificate;
  for (let depth = 0; depth < 10 && top.issuerCertificate !== undefined && top.issuerCertificate.fingerprint256 !== top.fingerprint256; depth += 1) top = top.issuerCertificate;
  const text = (value: string | readonly string[] | undefined): string | undefined => (value === undefined ? undefined : plainText(String(value), 200));
  const called = ({ CN, O, OU }: PeerCertificate["issuer"]): string | undefined => text(CN ?? O ?? OU);
  return {
    authority: called(top.issuer),
    certificate: { subject: called(leaf.subject), issuer: called(leaf.issuer), names: text(leaf.subjectaltname ?? leaf.subject.CN), validFrom: leaf.valid_from, validTo: leaf.valid_to },
  };
}
