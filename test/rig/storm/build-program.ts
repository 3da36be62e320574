import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";

/** A program of this repository, in a file of its own. */
export interface BuiltProgram {
  readonly file: string;
  remove(): Promise<void>;
}

/**
 * `path` from the root of the repository. `locked: false`: src/vault/lock.ts is replaced by one that does not lock, which no switch of the product can do.
 */
export async function buildProgram(root: string, path: string, { locked = true }: { readonly locked?: boolean } = {}): Promise<BuiltProgram> {
  // Inside node_modules, so that the packages that stay outside are found.
  await mkdir(join(root, "node_modules/.cache"), { recursive: true });
  const folder = await mkdtemp(join(root, "node_modules/.cache/mcpass-storm-"));
  const file = join(folder, "program.mjs");
  await build({ entryPoints: [join(root, path)], outfile: file, bundle: true, format: "esm", platform: "node", target: "node20", packages: "external", logLevel: "error", plugins: locked ? [] : [withoutLock(root)] });
  return { file, remove: () => rm(folder, { recursive: true, force: true }) };
}

function withoutLock(root: string): Plugin {
  const path = join(root, "test/rig/storm/no-lock.ts");
  return { name: "without-lock", setup: ({ onResolve }) => onResolve({ filter: /\/lock\.ts$/ }, ({ importer }) => (importer === path ? undefined : { path })) };
}
