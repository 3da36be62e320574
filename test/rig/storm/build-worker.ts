import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";

export interface WorkerProgram {
  readonly file: string;
  remove(): Promise<void>;
}

/** The worker as one file. `locked: false`: src/vault/lock.ts is replaced by one that does not lock, which no switch of the product can do. */
export async function buildWorker(root: string, { locked }: { readonly locked: boolean }): Promise<WorkerProgram> {
  // Inside node_modules, so that the packages that stay outside are found.
  await mkdir(join(root, "node_modules/.cache"), { recursive: true });
  const folder = await mkdtemp(join(root, "node_modules/.cache/mcpass-storm-"));
  const file = join(folder, "worker.mjs");
  const entry = join(root, "test/rig/storm/worker.ts");
  await build({ entryPoints: [entry], outfile: file, bundle: true, format: "esm", platform: "node", target: "node20", packages: "external", logLevel: "error", plugins: locked ? [] : [withoutLock(root)] });
  return { file, remove: () => rm(folder, { recursive: true, force: true }) };
}

function withoutLock(root: string): Plugin {
  const path = join(root, "test/rig/storm/no-lock.ts");
  return { name: "without-lock", setup: ({ onResolve }) => onResolve({ filter: /\/lock\.ts$/ }, ({ kind }) => (kind === "entry-point" ? undefined : { path })) };
}
