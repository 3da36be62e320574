// What the tests need beside the package's own dependencies: other Node versions and the official conformance suite (which needs Node 22),
// installed from npm into an ignored folder, per platform, once. Chromium, PostgreSQL and gnome-keyring come from the system.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const conformance = "@modelcontextprotocol/conformance";
const conformanceVersion = "0.2.0-alpha.12";
const nodeMajors = [22, 24];
const root = fileURLToPath(new URL("..", import.meta.url));

/** Paths of the suite's entry and of the Node versions; installs them first when they are not there. */
export function requireTestTools() {
  const platform = `${process.platform}-${process.arch}`;
  const directory = join(root, ".cache/conformance-suite", platform);
  const packages = [...nodeMajors.map((major) => `node${major}@npm:node-${platform.replace("win32", "win")}@${major}`), `${conformance}@${conformanceVersion}`];
  const marker = join(directory, "installed.json");
  const wanted = JSON.stringify(packages);
  if (!existsSync(marker) || readFileSync(marker, "utf8") !== wanted) installTools(directory, packages, () => writeFileSync(marker, wanted));
  return {
    conformance: join(directory, "node_modules", conformance, "dist/index.js"),
    nodes: Object.fromEntries(nodeMajors.map((major) => [major, nodeIn(join(directory, `node_modules/node${major}`))])),
  };
}

function installTools(directory, packages, done) {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "package.json"), JSON.stringify({ private: true }));
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const options = ["install", "--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  // Started by `npm test`, npm would hand its own configuration on; `npm_config_*` of the outer run must not steer this one.
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_config_(?!registry|cache|userconfig)/i.test(name)));
  execFileSync(npm, [...options, ...packages], { cwd: directory, stdio: ["ignore", "inherit", "inherit"], env: environment });
  done();
}

function nodeIn(directory) {
  return join(directory, "bin", process.platform === "win32" ? "node.exe" : "node");
}

/** Where Chromium is, installing Debian's when this is a Debian machine and we are root. Undefined, with a line saying so, when there is none. */
export function findChromium(say) {
  const found = ["chromium", "chromium-browser", "google-chrome"].map(findOnPath).find((path) => path !== undefined);
  if (found !== undefined) return found;
  if (!isDebianRoot()) {
    say("chromium: not on PATH, and installed by these tests only on Debian as root; install it yourself to run the browser tests");
    return undefined;
  }
  say("chromium: installing Debian's");
  installDebianPackage("chromium");
  return findOnPath("chromium");
}

/** The directory with PostgreSQL's programs (initdb, postgres, pg_dump); as `findChromium`. */
export function findPostgres(say) {
  const found = findPostgresPrograms();
  if (found !== undefined) return found;
  if (!isDebianRoot()) {
    say("postgresql: not installed, and installed by these tests only on Debian as root; install its server yourself to run the tests of the vault on PostgreSQL");
    return undefined;
  }
  say("postgresql: installing Debian's");
  // Debian's package would make a cluster and start it; the tests make their own.
  const settings = "/etc/postgresql-common/createcluster.d";
  const noCluster = join(settings, "mcpass-tests.conf");
  mkdirSync(settings, { recursive: true });
  writeFileSync(noCluster, "create_main_cluster = false\n");
  try {
    installDebianPackage("postgresql");
  } finally {
    rmSync(noCluster, { force: true });
  }
  return findPostgresPrograms();
}

/** Undefined: there is no server here. Debian keeps it off PATH, one directory per version. */
export function findPostgresPrograms() {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).toSorted((left, right) => Number(right) - Number(left)) : [];
  const onPath = findOnPath("initdb");
  const directories = [...versions.map((version) => join(debian, version, "bin")), ...(onPath === undefined ? [] : [dirname(onPath)])];
  return directories.find((directory) => ["initdb", "postgres"].every((name) => existsSync(join(directory, name))));
}

/** Whether a keychain can be started: D-Bus and gnome-keyring; as `findChromium`. */
export function findKeyring(say) {
  if (hasKeyring()) return true;
  if (!isDebianRoot()) {
    say("gnome-keyring: not on PATH, and installed by these tests only on Debian as root; install it and dbus yourself to run the tests with a real keychain");
    return false;
  }
  say("gnome-keyring: installing Debian's");
  for (const name of ["dbus", "gnome-keyring"]) installDebianPackage(name);
  return hasKeyring();
}

export function hasKeyring() {
  return ["dbus-daemon", "dbus-send", "gnome-keyring-daemon"].every((name) => findOnPath(name) !== undefined);
}

function isDebianRoot() {
  return existsSync("/etc/debian_version") && process.getuid?.() === 0;
}

function installDebianPackage(name) {
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const options = { stdio: ["ignore", "ignore", "inherit"], env: environment };
  execFileSync("apt-get", ["update", "-qq"], options);
  execFileSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", name], options);
}

function findOnPath(name) {
  const directories = (process.env.PATH ?? "").split(":").filter((directory) => directory !== "");
  return directories.map((directory) => join(directory, name)).find((path) => existsSync(path));
}
