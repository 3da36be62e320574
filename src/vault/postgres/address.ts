import { readFileSync } from "node:fs";

import { describeCause, McpassError } from "../../base/errors.ts";

/** A database, from the text of `MCPASS_VAULT`. */
export interface DatabaseAddress {
  /** What may be shown: `postgres://user@host:5432/database`. No password, no parameters. */
  readonly place: string;
  /** For `pg`. The password may be left to `PGPASSWORD` or the password file, as everywhere with PostgreSQL. */
  readonly connection: {
    /** A name, an address, or the absolute path of the directory with a socket. */
    readonly host: string;
    readonly port: number;
    readonly user?: string;
    readonly password?: string;
    readonly database: string;
  };
  /** undefined: no TLS. Names of PEM files otherwise; the server's name and certificate are always verified. */
  readonly tls: TlsFileNames | undefined;
}

export interface TlsFileNames {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

const known = ["host", "port", "user", "password", "sslmode", "sslrootcert", "sslcert", "sslkey"];

export function isDatabaseAddress(text: string): boolean {
  return /^postgres(?:ql)?:\/\//i.test(text);
}

/**
 * `postgres://user:password@host:port/database`, and for a socket `postgres:///database?host=/directory`. Another machine is spoken to by TLS
 * only, unless `sslmode=disable` says otherwise. Throws `usage`, with nothing of the text that could be a password.
 */
export function readDatabaseAddress(text: string): DatabaseAddress {
  if (!isDatabaseAddress(text) || !URL.canParse(text)) throw misread("it is not an address of the form postgres://user@host:5432/database");
  const url = new URL(text);
  const given = (name: string): string | undefined => url.searchParams.get(name) || undefined;
  const odd = [...url.searchParams.keys()].find((name) => !known.includes(name));
  if (odd !== undefined) throw misread(`mcpass does not know its parameter ${JSON.stringify(odd)}; it knows ${known.join(", ")}`);
  const host = given("host") ?? decoded(url.hostname).replace(/^\[|\]$/g, "");
  const port = Number(given("port") ?? (url.port || "5432"));
  const database = decoded(url.pathname.slice(1));
  if (host === "" || database === "" || !Number.isInteger(port)) throw misread(`it names no ${host === "" ? "host" : database === "" ? "database" : "port that is a number"}`);
  const user = decoded(url.username) || given("user");
  const password = decoded(url.password) || given("password");
  return {
    place: `postgres://${user === undefined ? "" : `${encodeURIComponent(user)}@`}${host.includes(":") ? `[${host}]` : host}:${port}/${encodeURIComponent(database)}`,
    connection: { host, port, database, ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { password }) },
    tls: wantsTls(given("sslmode"), host) ? { ca: given("sslrootcert"), cert: given("sslcert"), key: given("sslkey") } : undefined,
  };
}

/** The files' contents, as Node's `tls.connect` takes them. Throws `vault_unreadable` for one that cannot be read. */
export function readTlsFiles({ ca, cert, key }: TlsFileNames): Readonly<Record<string, string>> {
  const files = Object.entries({ ca, cert, key }).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return Object.fromEntries(files.map(([name, file]) => [name, readPem(file)]));
}

function readPem(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (thrown) {
    throw new McpassError("vault_unreadable", `The vault's database cannot be asked: ${file}, which MCPASS_VAULT names, cannot be read: ${describeCause(thrown)}.`, { hint: `Make ${file} readable for you.`, cause: thrown, details: { file } });
  }
}

/** What does not verify the server protects from nobody who stands in between, so there is only with and without. */
function wantsTls(mode: string | undefined, host: string): boolean {
  if (mode === undefined) return !isThisMachine(host);
  if (mode === "disable") return false;
  if (["require", "verify-ca", "verify-full"].includes(mode)) return true;
  throw misread(`its sslmode ${JSON.stringify(mode)} is neither verify-full nor disable`);
}

function isThisMachine(host: string): boolean {
  return host.startsWith("/") || host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw misread("a % in it stands for nothing; write it as %25");
  }
}

function misread(reason: string): McpassError {
  return new McpassError("usage", `MCPASS_VAULT cannot be used: ${reason}.`, { hint: "Set it to postgres://user@host:5432/database, or unset it to keep sign-ins in files." });
}
