import { randomBytes, sign, type KeyObject } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import type { ServerTls } from "../servers/listener.ts";
import { bits, bytes, integer, objectId, sequence, set, tagged, text, time, type Der } from "./der.ts";
import { makeKeyPair } from "./key-pair.ts";

export interface CertificateOptions {
  /** DNS names and IP addresses; 127.0.0.1, ::1 and localhost unless given. */
  readonly names?: readonly string[];
  readonly commonName?: string;
  /** Ended yesterday. */
  readonly expired?: boolean;
  /** By no authority. */
  readonly selfSigned?: boolean;
}

export interface KeyAndCertificate {
  readonly key: string;
  readonly cert: string;
}

/** A self-made authority, for one test: nothing of it is trusted until its `file` is named. PEM throughout. */
export interface CertificateAuthority {
  readonly commonName: string;
  readonly cert: string;
  /** The certificate's file, for NODE_EXTRA_CA_CERTS and `tls.ca`. */
  readonly file: string;
  /** For `listen`, `issuer({ tls })`, `resource({ tls })`. */
  server(options?: CertificateOptions): KeyAndCertificate;
  /** A server that asks for a client certificate of this authority. */
  mutual(options?: CertificateOptions & { readonly wants?: ServerTls["wants"] }): ServerTls;
  /** A client certificate, and the files it is in. */
  client(commonName: string, options?: Pick<CertificateOptions, "expired">): Promise<KeyAndCertificate & { readonly keyFile: string; readonly certFile: string }>;
}

/** X.509 by hand (RFC 5280): no openssl binary and no package needed, a millisecond per certificate. Files go to `directory`. */
export async function createAuthority(directory: string, commonName = "mcpass test authority"): Promise<CertificateAuthority> {
  const keys = makeKeyPair();
  const issuer: Issuer = { commonName, privateKey: keys.privateKey };
  const cert = certificate({ issuer, commonName, publicKey: keys.publicKey, extensions: authorityExtensions });
  const file = join(directory, `${fileName(commonName)}.pem`);
  await writeFile(file, cert);
  const issue = (options: CertificateOptions, extensions: readonly Der[]): KeyAndCertificate => {
    const own = makeKeyPair();
    const key = own.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const commonName = options.commonName ?? "mcpass test server";
    return { key, cert: certificate({ issuer: options.selfSigned === true ? { commonName, privateKey: own.privateKey } : issuer, commonName, publicKey: own.publicKey, extensions, expired: options.expired === true }) };
  };
  const server = (options: CertificateOptions = {}): KeyAndCertificate => issue(options, serverExtensions(options.names ?? ["127.0.0.1", "::1", "localhost"]));
  return {
    commonName,
    cert,
    file,
    server,
    mutual: ({ wants = "required", ...options } = {}) => ({ ...server(options), clientCa: cert, wants }),
    async client(name, options = {}) {
      const made = issue({ ...options, commonName: name }, clientExtensions);
      const [keyFile, certFile] = [join(directory, `${fileName(name)}.key`), join(directory, `${fileName(name)}.crt`)];
      await Promise.all([writeFile(keyFile, made.key, { mode: 0o600 }), writeFile(certFile, made.cert)]);
      return { ...made, keyFile, certFile };
    },
  };
}

interface Issuer {
  readonly commonName: string;
  readonly privateKey: KeyObject;
}

interface Wanted {
  readonly issuer: Issuer;
  readonly commonName: string;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Der[];
  readonly expired?: boolean;
}

const ecdsaWithSha256 = sequence(objectId("1.2.840.10045.4.3.2"));
const day = 86_400_000;

function certificate({ issuer, commonName, publicKey, extensions, expired = false }: Wanted): string {
  const ends = Date.now() + (expired ? -1 : 30) * day;
  const toSign = sequence(
    tagged(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    nameOf(issuer.commonName),
    sequence(time(new Date(ends - 31 * day)), time(new Date(ends))),
    nameOf(commonName),
    publicKey.export({ type: "spki", format: "der" }),
    tagged(3, sequence(...extensions)),
  );
  const der = sequence(toSign, ecdsaWithSha256, bits(sign("sha256", toSign, issuer.privateKey)));
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function nameOf(commonName: string): Der {
  return sequence(set(sequence(objectId("2.5.4.3"), text(commonName))));
}

function extension(id: string, critical: boolean, value: Der): Der {
  return sequence(objectId(id), ...(critical ? [Buffer.from([1, 1, 255])] : []), bytes(value));
}

/** keyCertSign and cRLSign; digitalSignature. */
const authorityExtensions = [
  extension("2.5.29.19", true, sequence(Buffer.from([1, 1, 255]))),
  extension("2.5.29.15", true, Buffer.from([3, 2, 1, 6])),
];
const digitalSignature = extension("2.5.29.15", true, Buffer.from([3, 2, 7, 128]));
const clientExtensions = [digitalSignature, extension("2.5.29.37", false, sequence(objectId("1.3.6.1.5.5.7.3.2")))];

function serverExtensions(names: readonly string[]): Der[] {
  const alternatives = names.map((name) => (isIP(name) === 0 ? tagged(2, Buffer.from(name), "primitive") : tagged(7, addressBytes(name), "primitive")));
  return [digitalSignature, extension("2.5.29.37", false, sequence(objectId("1.3.6.1.5.5.7.3.1"))), extension("2.5.29.17", false, sequence(...alternatives))];
}

/** IPv4, or the IPv6 loopback address. */
function addressBytes(address: string): Buffer {
  return isIP(address) === 4 ? Buffer.from(address.split(".").map(Number)) : Buffer.concat([Buffer.alloc(15), Buffer.from([1])]);
}

function fileName(commonName: string): string {
  return commonName.replaceAll(/[^a-z0-9]+/gi, "-");
}
