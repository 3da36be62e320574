// Builds what is published: dist/main.js (the program), dist/index.js (the library), their shared chunks, types, schema, licences.
// `--program-only` leaves out types, schema and licences, for tests; it never removes a chunk that a running program may still want to load.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { licenceNotices } from "./licences.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
const programOnly = process.argv.includes("--program-only");

/** Bundled CommonJS calls `require` for Node's own modules; an ES module has none, so a chunk that looks for one makes it. */
const requireBanner = 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);\n';

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  external: ["fs-native-extensions"],
  // A package with both shapes and no `exports` field (jsonc-parser) has a CommonJS one that cannot be bundled.
  mainFields: ["module", "main"],
  // Names of bundled files are written into the bundle: `node_modules/…`, wherever that folder is linked to.
  preserveSymlinks: true,
  logLevel: "warning",
  write: false,
};

async function buildProgram() {
  const present = ["main", "index"].filter((name) => existsSync(join(root, "src", `${name}.ts`)));
  if (present.length === 0) throw new Error("nothing to build: neither src/main.ts nor src/index.ts exists");
  const result = await build({
    ...common,
    entryPoints: Object.fromEntries(present.map((name) => [name, `src/${name}.ts`])),
    outdir: "dist",
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "none",
    metafile: true,
  });
  const written = new Set(result.outputFiles.map((file) => file.path));
  // Chunks before entries: at any moment an entry on disk finds everything it names.
  for (const file of result.outputFiles.toReversed()) writeOutput(file.path, file.text);
  if (!programOnly) removeStale(written);
  return result.metafile;
}

function writeOutput(path, text) {
  const isProgram = path === join(dist, "main.js");
  const shebang = isProgram ? "#!/usr/bin/env node\n" : "";
  const banner = text.includes("typeof require") ? requireBanner : "";
  replaceFile(path, Buffer.from(shebang + banner + text.replace(/^#!.*\n/, "")), isProgram ? 0o755 : 0o644);
}

/** Whole or not at all: another process may be starting the program at this moment. */
function replaceFile(path, contents, mode = 0o644) {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, contents, { mode });
  renameSync(temporary, path);
}

function removeStale(written) {
  const chunks = join(dist, "chunks");
  if (!existsSync(chunks)) return;
  for (const name of readdirSync(chunks)) if (!written.has(join(chunks, name))) rmSync(join(chunks, name));
}

function buildTypes() {
  if (!existsSync(join(root, "src/index.ts"))) return;
  rmSync(join(dist, "types"), { recursive: true, force: true });
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const { status } = spawnSync(process.execPath, [compiler, "-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(1);
  const read = new Set();
  nameJavaScript(join(dist, "types/index.d.ts"), read);
  for (const file of readdirSync(join(dist, "types"), { recursive: true, withFileTypes: true })) {
    if (file.isFile() && !read.has(join(file.parentPath, file.name))) rmSync(join(file.parentPath, file.name));
  }
}

/**
 * The compiler leaves `./x.ts` in declarations as it was written; only `./x.js` leads a reader of the package to `x.d.ts`. Goes from file to file,
 * so that what is not in `read` afterwards is no part of the library's types.
 */
function nameJavaScript(path, read) {
  if (read.has(path)) return;
  read.add(path);
  const text = readFileSync(path, "utf8");
  const named = /((?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+))\.ts"/g;
  replaceFile(path, Buffer.from(text.replaceAll(named, '$1.js"')));
  for (const [, , target] of text.matchAll(named)) nameJavaScript(join(dirname(path), `${target}.d.ts`), read);
}

/** scripts/emit-schema.ts is TypeScript, so it is bundled to a throwaway first; what it prints, if it writes no file itself, is the schema. */
async function buildSchema() {
  const source = join(root, "scripts/emit-schema.ts");
  if (!existsSync(source)) return;
  const bundled = join(root, ".cache/build/emit-schema.mjs");
  const target = join(dist, "mcpass.schema.json");
  rmSync(target, { force: true });
  await build({ ...common, entryPoints: [source], outfile: bundled, write: true, banner: { js: requireBanner } });
  const printed = execFileSync(process.execPath, [bundled, target], { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (!existsSync(target)) replaceFile(target, Buffer.from(printed));
  JSON.parse(readFileSync(target, "utf8"));
}

const startedAt = Date.now();
mkdirSync(dist, { recursive: true });
const metafile = await buildProgram().catch((error) => {
  // esbuild has shown its own errors, with file and line, by now.
  if (!("errors" in error)) console.error(error.message);
  process.exit(1);
});
if (!programOnly) {
  buildTypes();
  await buildSchema();
  replaceFile(join(dist, "THIRD-PARTY-LICENSES.txt"), Buffer.from(licenceNotices(root, Object.keys(metafile.inputs))));
}
console.error(`built ${relative(root, dist)}: ${Object.keys(metafile.outputs).length} files in ${Date.now() - startedAt} ms`);
