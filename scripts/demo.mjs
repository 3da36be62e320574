// `npm run demo [-- --interactive]`: builds the program, then shows its main job against servers on this machine. Needs no account and no network.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = dirname(fileURLToPath(import.meta.url));
const { status } = spawnSync(process.execPath, [join(folder, "build.mjs"), "--program-only"], { stdio: "inherit" });
if (status !== 0) process.exit(1);

process.argv.splice(1, 1, join(folder, "run-typescript.mjs"), join(folder, "demo/demo.ts"));
await import("./run-typescript.mjs");
