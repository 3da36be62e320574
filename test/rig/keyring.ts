import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { hasKeyring } from "../../scripts/test-tools.mjs";
import { waitUntil } from "./wait.ts";

/** What a program needs to find a keychain. */
export interface Bus {
  readonly environment: Readonly<Record<string, string | undefined>>;
  stop(): Promise<void>;
}

export interface Keyring extends Bus {
  /** Its secrets stay, and nobody gets at them without the password, which nobody types. */
  lock(): Promise<void>;
  unlock(): Promise<void>;
}

export const keyringHere = process.platform === "linux" && hasKeyring();

/** Without it the program's keychain is what the test says, or none. */
const chosen = { MCPASS_KEY_SOURCE: undefined };

/** A D-Bus of its own with gnome-keyring on it, its keychain unlocked. */
export async function startKeyring(): Promise<Keyring> {
  const home = await mkdtemp(join(tmpdir(), "mcpass-keyring-"));
  await mkdir(join(home, "run"), { mode: 0o700 });
  const env = { PATH: process.env["PATH"], HOME: home, XDG_RUNTIME_DIR: join(home, "run"), XDG_DATA_HOME: join(home, "data"), XDG_CACHE_HOME: join(home, "cache"), XDG_CONFIG_HOME: join(home, "config") };
  let running: readonly ChildProcess[] = [];
  const environment: Record<string, string | undefined> = { ...chosen, XDG_RUNTIME_DIR: env.XDG_RUNTIME_DIR };
  const end = async (): Promise<void> => {
    for (const child of running.toReversed()) {
      const ended = child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined;
      child.kill("SIGKILL");
      await ended;
    }
    running = [];
  };
  const start = async (password: string | undefined): Promise<void> => {
    await end();
    const bus = spawn("dbus-daemon", ["--session", "--nofork", "--print-address=1"], { env, stdio: ["ignore", "pipe", "ignore"] });
    running = [bus];
    const [address] = (await once(bus.stdout, "data")) as [Buffer];
    environment["DBUS_SESSION_BUS_ADDRESS"] = address.toString().trim();
    const words = ["--foreground", "--components=secrets", ...(password === undefined ? ["--start"] : ["--unlock"])];
    const daemon = spawn("gnome-keyring-daemon", words, { env: { ...env, DBUS_SESSION_BUS_ADDRESS: environment["DBUS_SESSION_BUS_ADDRESS"] }, stdio: ["pipe", "ignore", "ignore"] });
    running = [bus, daemon];
    daemon.stdin.on("error", () => undefined).end(password ?? "");
    await waitUntil(() => isOwned({ ...env, ...environment }), "gnome-keyring on its D-Bus");
  };
  await start("password");
  return {
    environment,
    lock: () => start(undefined),
    unlock: () => start("password"),
    async stop() {
      await end();
      await rm(home, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function isOwned(env: NodeJS.ProcessEnv): Promise<true | undefined> {
  const words = ["--session", "--print-reply=literal", "--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"];
  const asked = await promisify(execFile)("dbus-send", words, { env, timeout: 5_000 }).catch(() => undefined);
  return asked?.stdout.includes("true") === true ? true : undefined;
}

/** A D-Bus that takes connections and never says a word. */
export async function startSilentBus(): Promise<Bus> {
  const folder = await mkdtemp(join(tmpdir(), "mcpass-bus-"));
  const path = join(folder, "bus");
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket.on("error", () => undefined).resume()));
  server.listen(path);
  await once(server, "listening");
  return {
    environment: { ...chosen, DBUS_SESSION_BUS_ADDRESS: `unix:path=${path}` },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** No D-Bus at all, as over SSH, in cron and in a container. */
export const noBus: Bus["environment"] = { ...chosen, DBUS_SESSION_BUS_ADDRESS: undefined };
