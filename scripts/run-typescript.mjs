// `node scripts/run-typescript.mjs FILE [arguments…]`: bundles a TypeScript script of this repository and runs it as this process. Node 20 cannot by itself.
import { mkdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const entry = resolve(process.argv[2]);
const outfile = join(root, ".cache/scripts", `${basename(entry, ".ts")}.mjs`);
mkdirSync(dirname(outfile), { recursive: true });
await build({ absWorkingDir: root, entryPoints: [entry], outfile, bundle: true, platform: "node", format: "esm", target: "node20", packages: "external", logLevel: "warning" });
process.argv.splice(1, 2, outfile);
await import(pathToFileURL(outfile).href);
