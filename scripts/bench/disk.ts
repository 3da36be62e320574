import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

/** Packs mcpass and installs it from npm, as a user does; its node_modules. */
export function installPacked(root: string, work: string): string {
  const packed = execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", work], { cwd: root, encoding: "utf8" }).trim();
  const prefix = join(work, "installed");
  mkdirSync(prefix);
  execFileSync("npm", ["install", "--silent", "--prefer-offline", "--no-audit", "--no-fund", "--prefix", prefix, join(work, packed)], { cwd: work, timeout: 300_000 });
  return join(prefix, "node_modules");
}

/** Without native prebuilds, most of which are other machines'. */
export function bytesOnDisk(folder: string): number {
  return Number(execFileSync("du", ["-sk", "--exclude=prebuilds", folder], { encoding: "utf8" }).split(/\s/)[0]) * 1_024;
}
