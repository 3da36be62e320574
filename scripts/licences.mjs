import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** The licence notices of every package that has a file in the bundle, sorted by name. Throws for a package that names no licence. */
export function licenceNotices(root, inputs) {
  const directories = [...new Set(inputs.map(packageDirectory).filter((directory) => directory !== undefined))].sort();
  const notices = directories.map((directory) => notice(join(root, directory)));
  return ["mcpass contains the following packages.", ...notices].join(`\n\n${"-".repeat(78)}\n\n`) + "\n";
}

/** node_modules/a/node_modules/@b/c/lib/d.js → node_modules/a/node_modules/@b/c */
function packageDirectory(input) {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
}

function notice(directory) {
  const { name, version, license } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  if (typeof license !== "string") throw new Error(`${name} names no licence`);
  const file = readdirSync(directory).find((entry) => /^licen[cs]e(\.(md|txt))?$/i.test(entry));
  const text = file !== undefined && existsSync(join(directory, file)) ? readFileSync(join(directory, file), "utf8").trim() : "";
  return [`${name} ${version} (${license})`, text].filter((part) => part !== "").join("\n\n");
}
