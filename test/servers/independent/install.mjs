// Authorization servers written by others, too heavy for devDependencies (about 210 MB): installed from npm into an ignored folder, per
// platform and list of packages, once. `node test/servers/independent/install.mjs` does it ahead of the tests; without it the first test that needs one does.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The newest that run on Node 20: miniflare's later releases want Node 22, kysely 0.29 too. */
export const packages = [
  "@cloudflare/workers-oauth-provider@1.2.3",
  "miniflare@4.20260426.0",
  "better-auth@1.7.5",
  "@better-auth/oauth-provider@1.7.5",
  "kysely@0.28.18",
  "@node-oauth/oauth2-server@5.3.0",
  "@modelcontextprotocol/sdk@1.32.2",
];

const folder = fileURLToPath(new URL("../../../.cache/authorization-servers", import.meta.url));

/** The folder whose node_modules has them all; installs them first when they are not there. */
export function requireAuthorizationServers() {
  // Another list gets another folder: a checkout with the older one goes on with its own.
  const list = createHash("sha256").update(packages.join(" ")).digest("hex").slice(0, 8);
  const directory = join(folder, `${process.platform}-${process.arch}-${list}`);
  if (existsSync(directory)) return directory;
  const fresh = `${directory}.${String(process.pid)}`;
  install(fresh);
  // Another test process may have been quicker.
  if (existsSync(directory)) rmSync(fresh, { recursive: true, force: true });
  else renameSync(fresh, directory);
  return directory;
}

/** Where a package's module is, by the rules of `import`, as a path. */
export function pathOfModule(specifier) {
  return createRequire(join(requireAuthorizationServers(), "package.json")).resolve(specifier);
}

function install(directory) {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  // The packages' peers are one another; npm's resolver does not find that out by itself.
  const options = ["install", "--legacy-peer-deps", "--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  // Started by `npm test`, npm would hand its own configuration on; `npm_config_*` of the outer run must not steer this one.
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_config_(?!registry|cache|userconfig)/i.test(name)));
  execFileSync(npm, [...options, ...packages], { cwd: directory, stdio: ["ignore", "inherit", "inherit"], env: environment });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(requireAuthorizationServers());
