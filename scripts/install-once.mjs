import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder below `.cache/` whose node_modules has these packages; installs them from npm first when they are not there. Several processes may ask at once. */
export function installOnce(name, packages) {
  // Another list gets another folder: a checkout with the older one goes on with its own.
  const list = createHash("sha256").update(packages.join(" ")).digest("hex").slice(0, 8);
  const directory = join(fileURLToPath(new URL("../.cache", import.meta.url)), name, `${process.platform}-${process.arch}-${list}`);
  if (existsSync(directory)) return directory;
  const fresh = `${directory}.${String(process.pid)}`;
  install(fresh, packages);
  // Another process may have been quicker.
  if (existsSync(directory)) rmSync(fresh, { recursive: true, force: true });
  else renameSync(fresh, directory);
  return directory;
}

function install(directory, packages) {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  // The packages' peers may be one another; npm's resolver does not find that out by itself.
  const options = ["install", "--legacy-peer-deps", "--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  // Started by `npm test`, npm would hand its own configuration on; `npm_config_*` of the outer run must not steer this one.
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_config_(?!registry|cache|userconfig)/i.test(name)));
  execFileSync(npm, [...options, ...packages], { cwd: directory, stdio: ["ignore", "inherit", "inherit"], env: environment });
}
