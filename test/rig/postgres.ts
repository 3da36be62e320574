import { execFile, execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { findPostgresPrograms } from "../../scripts/test-tools.mjs";
import { waitUntil } from "./wait.ts";

/** A PostgreSQL server of one's own: on 127.0.0.1 and on a socket, passwords wanted, everything in a directory that goes with it. */
export interface PostgresServer {
  readonly port: number;
  /** The directory of its socket. */
  readonly directory: string;
  /** Makes an empty database. */
  createDatabase(): Promise<TestDatabase>;
  /** "fast" ends every connection and stops in order; "immediate" is a crash. */
  restart(mode?: "fast" | "immediate", meanwhile?: () => Promise<unknown>): Promise<void>;
  stop(): Promise<void>;
}

export interface TestDatabase {
  readonly name: string;
  /** With the password in it. */
  readonly url: string;
  readonly place: string;
  /** As the same user, on a connection of its own. */
  query(statement: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  /** Everything in it, as text; the same for the same content. */
  dump(): Promise<string>;
}

export interface PostgresOptions {
  /** PEM: TLS is offered, and wanted of whoever is not on the socket. */
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly settings?: Readonly<Record<string, string | number>>;
}

/** Undefined: these tests are to be skipped, saying so. `npm test` installs PostgreSQL on Debian as root. */
export const postgresPrograms: string | undefined = findPostgresPrograms();

const user = "mcpass";
const password = "canary-database-password";

/** Throws when this machine has no PostgreSQL. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  if (postgresPrograms === undefined) throw new Error("these tests need a PostgreSQL server and none is installed: `npm test` installs it on Debian as root, elsewhere install it yourself");
  const programs = postgresPrograms;
  const identity = ownIdentity();
  const directory = mkdtempSync(join(tmpdir(), "mcpass-postgres-"));
  const write = (name: string, content: string): string => {
    const file = join(directory, name);
    writeFileSync(file, content, { mode: 0o600 });
    if (identity.uid !== undefined) chownSync(file, identity.uid, identity.gid!);
    return file;
  };
  if (identity.uid !== undefined) chownSync(directory, identity.uid, identity.gid!);
  const data = join(directory, "data");
  const passwordFile = write("password", password);
  await promisify(execFile)(join(programs, "initdb"), ["-D", data, "-U", user, "--auth=scram-sha-256", `--pwfile=${passwordFile}`, "--no-sync", "--encoding=UTF8", "--locale=C"], { ...identity, cwd: directory });
  const tls = options.tls === undefined ? {} : { ssl: "on", ssl_key_file: write("server.key", options.tls.key), ssl_cert_file: write("server.crt", options.tls.cert) };
  if (options.tls !== undefined) write("data/pg_hba.conf", "local all all scram-sha-256\nhostssl all all 127.0.0.1/32 scram-sha-256\n");
  const port = await freePort();
  const settings = { port, listen_addresses: "127.0.0.1", unix_socket_directories: directory, fsync: "off", max_connections: 200, ...tls, ...options.settings };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const start = async (): Promise<ChildProcess> => {
    const child = spawn(join(programs, "postgres"), ["-D", data, ...args], { ...identity, cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await waitUntil(() => {
      if (child.exitCode !== null) throw new Error(`postgres ended with ${child.exitCode}: ${said}`);
      return said.includes("ready to accept connections");
    }, "postgres to start", 60_000);
    return child;
  };
  const end = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  };
  let server = await start();
  let guard = endWithUs(server, directory);
  const admin = (database: string) => ({ host: directory, port, user, password, database });
  const ask = async (database: string, statement: string, values: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> => {
    const client = new pg.Client(admin(database));
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(statement, [...values])).rows;
    } finally {
      await client.end();
    }
  };
  let databases = 0;
  return {
    port,
    directory,
    async createDatabase() {
      databases += 1;
      const name = `vault${databases}`;
      await ask("postgres", `create database ${name}`);
      return {
        name,
        url: `postgres://${user}:${password}@127.0.0.1:${port}/${name}`,
        place: `postgres://${user}@127.0.0.1:${port}/${name}`,
        query: (statement, values) => ask(name, statement, values),
        dump: async () => (await promisify(execFile)(join(programs, "pg_dump"), ["-h", directory, "-p", String(port), "-U", user, name], { env: { ...process.env, PGPASSWORD: password }, maxBuffer: 2 ** 26 })).stdout.replace(/^\\(?:un)?restrict .*$/gm, ""),
      };
    },
    async restart(mode = "fast", meanwhile = async () => undefined) {
      guard.kill("SIGKILL");
      await end(server, mode === "fast" ? "SIGINT" : "SIGQUIT");
      await meanwhile();
      server = await start();
      guard = endWithUs(server, directory);
    },
    async stop() {
      guard.kill("SIGKILL");
      await end(server, "SIGQUIT");
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A test that was given up, or whose process was killed, stops nothing: then the end of our pipe does. */
function endWithUs(server: ChildProcess, directory: string): ChildProcess {
  return spawn("sh", ["-c", 'cat > /dev/null; kill -QUIT "$1"; rm -rf "$2"', "sh", String(server.pid), directory], { stdio: ["pipe", "ignore", "ignore"] });
}

/** PostgreSQL refuses to run as root: then it is Debian's user for it, else nobody. */
function ownIdentity(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const idOf = (name: string, flag: string): number | undefined => {
    try {
      return Number(execFileSync("id", [flag, name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
    } catch {
      return undefined;
    }
  };
  const uid = idOf("postgres", "-u");
  return uid === undefined ? { uid: 65_534, gid: 65_534 } : { uid, gid: idOf("postgres", "-g")! };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
