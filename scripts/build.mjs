// Builds what is published: dist/main.cjs and what it loads (the program), dist/index.js (the library), dist/heavy (what both load on demand), dist/web (the page that serve shows), types, schema, licences.
// `--program-only` leaves out types, schema and licences, for tests; it never removes a file that a running program may still want to load.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";
import { licenceNotices } from "./licences.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
const programOnly = process.argv.includes("--program-only");

/** Heavy, needed by some commands only, and bundled each into a file of its own that is loaded when it is asked for. */
const heavy = {
  "@modelcontextprotocol/client": "mcp-client",
  "@modelcontextprotocol/client/stdio": "mcp-client-stdio",
  uqr: "uqr",
  "toml-eslint-parser": "toml",
  // Ours, for what they need of jose.
  "src/oauth/client-assertion.ts": "client-assertion",
  "src/oauth/dpop.ts": "dpop",
  "src/surfaces/tui/open-screen.ts": "tui",
};

/** React as it is published, and Ink without its way to React's development tools, which is loaded where a variable says so. */
const forProduction = {
  define: { "process.env.NODE_ENV": '"production"' },
  plugins: [{
    name: "without-devtools",
    setup: ({ onResolve, onLoad }) => {
      onResolve({ filter: /^\.\/devtools\.js$/ }, ({ path }) => ({ path, namespace: "nothing" }));
      onLoad({ filter: /./, namespace: "nothing" }, () => ({ contents: "" }));
    },
  }],
};

/** Bundled CommonJS calls `require` for Node's own modules; an ES module has none, so a file that looks for one makes it. */
const requireBanner = 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);\n';

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  external: ["fs-native-extensions", "@napi-rs/keyring", "pg"],
  // A package with both shapes and no `exports` field (jsonc-parser) has a CommonJS one that cannot be bundled.
  mainFields: ["module", "main"],
  // Names of bundled files are written into the bundle: `node_modules/…`, wherever that folder is linked to.
  preserveSymlinks: true,
  logLevel: "warning",
  write: false,
};

/** What is published: small, and with its licences in a file of their own. */
const published = { ...common, outdir: "dist", minify: true, legalComments: "none", metafile: true };

const heavyApart = {
  name: "heavy-apart",
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ path, kind, resolveDir }) => {
      const file = heavy[path.endsWith(".ts") ? relative(root, resolve(resolveDir, path)) : path];
      return kind === "entry-point" || file === undefined ? undefined : { path: `./heavy/${file}.js`, external: true };
    });
  },
};

/** Node's own modules load with the first use of something of theirs, not with the file that names them: together they take 5 ms, and few commands need all. */
const builtinsLater = {
  name: "builtins-later",
  setup({ onResolve, onEnd }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, external: true }));
    onEnd(({ outputFiles = [] }) => {
      for (const file of outputFiles) file.contents = Buffer.from(`${builtinLater}\n${file.text.replaceAll(/\brequire\("(node:[a-z/_]+)"\)/g, (asked, name) => (typeof builtin(name) === "function" ? asked : `__builtin("${name}")`))}`);
    });
  },
};

const builtin = createRequire(import.meta.url);

/** A stand-in for a module of Node's, which is asked for when something of it is; a module that is a function itself (node:assert) has none. */
const builtinLater = '"use strict";const __builtin=(name)=>{let loaded;const load=()=>loaded??=require(name);return new Proxy({},{get:(_,key)=>load()[key],has:(_,key)=>key in load(),ownKeys:()=>Reflect.ownKeys(load()),getOwnPropertyDescriptor:(_,key)=>({configurable:true,enumerable:true,value:load()[key]})})};';

/**
 * What src/main.ts chooses from, each one file of CommonJS, the quickest for Node to start: compiling what is not needed would be a third of
 * `list --offline`. Only one of list, bridge and program is loaded in a process (a few words of a bridge's need program too); list and bridge find what looks at servers in look, and the rest in online.
 */
const node = { "src/surfaces/node/node-runtime.ts": "node", "src/surfaces/node/http-fetch.ts": "http", "src/surfaces/node/connector.ts": "connector", "src/surfaces/node/look-at-certificate.ts": "certificate" };
const program = { "src/surfaces/cli/run-process.ts": "program" };
const list = { "src/surfaces/cli/list-process.ts": "list" };
const bridge = { "src/surfaces/cli/bridge-process.ts": "bridge" };
/** What reads and writes other programs' configurations. */
const applications = ["gateway-clients", "import-servers", "install", "uninstall"].map((name) => `src/surfaces/cli/commands/${name}.ts`);
/** The vault of the few who share one, the HTTP API and its gateway: only who asks for them loads them. */
const shared = { "src/vault/postgres/postgres-vault.ts": "postgres", "src/surfaces/http/serve.ts": "serve", "src/surfaces/gateway/open-gateway.ts": "gateway" };
const look = ["src/connection/look-server.ts", "src/connection/sign-in-desk.ts", "src/access/access.ts"];
const online = ["connection/adopt", "connection/connections", "connection/examine", "connection/sign-in-verified", "connection/watch-grants", "access/clients", "access/device-sign-in", "access/examine-sign-in", "access/grant-history", "access/keep-fresh", "access/machine-grant", "access/renewal", "access/renewal-failure", "access/sign-in", "access/sign-out", "access/split-sign-in", "access/unsaved"].map((name) => `src/${name}.ts`);

/** Modules, all to be found in one file. */
function inOneFile(name, paths) {
  return Object.fromEntries(paths.map((path) => [path, name]));
}

/** Leaves the imports of some modules to another file that is published. */
function apart(files, kinds) {
  return {
    name: "apart",
    setup({ onResolve }) {
      onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, resolveDir, kind }) => {
        const file = files[relative(root, resolve(resolveDir, path))];
        return file !== undefined && kinds.includes(kind) ? { path: `./${file}.cjs`, external: true } : undefined;
      });
    },
  };
}

async function buildProgram() {
  // What looks for a package beside itself does so from its own file, whichever format that is of.
  const commonJs = { ...published, format: "cjs", outExtension: { ".js": ".cjs" }, define: { "import.meta.url": "__filename" } };
  const entries = (files) => Object.entries(files).map(([path, out]) => ({ in: path, out }));
  const later = apart({ ...node, ...program, ...list, ...bridge, ...shared, ...inOneFile("look", look), ...inOneFile("online", online) }, ["dynamic-import"]);
  const nodeParts = apart(node, ["dynamic-import"]);
  const several = (paths) => ({ contents: paths.map((path) => `export * from "./${path}";`).join("\n"), resolveDir: root, loader: "ts" });
  const results = await Promise.all([
    build({ ...published, ...forProduction, entryPoints: entries({ ...heavy }).map(({ in: path, out }) => ({ in: path, out: `heavy/${out}` })), splitting: true, chunkNames: "heavy/[name]-[hash]" }),
    build({ ...published, entryPoints: ["src/index.ts"], plugins: [heavyApart] }),
    build({ ...commonJs, entryPoints: entries(node), plugins: [nodeParts, builtinsLater], supported: { "dynamic-import": false } }),
    build({ ...commonJs, entryPoints: entries(shared), plugins: [builtinsLater] }),
    build({ ...commonJs, entryPoints: entries(program), plugins: [heavyApart, apart({ ...bridge, ...shared, ...inOneFile("applications", applications) }, ["dynamic-import"]), builtinsLater] }),
    build({ ...commonJs, stdin: several(applications), outdir: undefined, outExtension: {}, outfile: "dist/applications.cjs", plugins: [heavyApart, builtinsLater] }),
    build({ ...commonJs, stdin: several(look), outdir: undefined, outExtension: {}, outfile: "dist/look.cjs", plugins: [heavyApart, apart(inOneFile("online", online), ["dynamic-import"]), builtinsLater] }),
    build({ ...commonJs, stdin: several(online), outdir: undefined, outExtension: {}, outfile: "dist/online.cjs", plugins: [heavyApart, builtinsLater] }),
    build({ ...commonJs, entryPoints: entries(bridge), plugins: [later, builtinsLater], supported: { "dynamic-import": false } }),
    build({ ...commonJs, entryPoints: entries(list), plugins: [later, builtinsLater], supported: { "dynamic-import": false } }),
    build({ ...commonJs, entryPoints: ["src/main.ts"], plugins: [later], supported: { "dynamic-import": false } }),
  ]);
  const files = results.flatMap(({ outputFiles }) => outputFiles);
  // What is named comes before what names it: at any moment a file on disk finds everything it asks for.
  for (const file of files) writeOutput(file.path, file.text);
  if (!programOnly) removeStale(new Set(files.map((file) => file.path)));
  return { inputs: Object.assign({}, ...results.map(({ metafile }) => metafile.inputs)), outputs: files };
}

/** The web page: what a browser is given, and nothing of Node's. */
async function buildWeb() {
  const page = { ...published, platform: "browser", external: [], mainFields: ["browser", "module", "main"], metafile: false };
  const [script, style] = await Promise.all([
    build({ ...page, entryPoints: [{ in: "src/surfaces/web/app.ts", out: "web/assets/app" }], target: "es2023" }),
    build({ ...page, entryPoints: [{ in: "src/surfaces/web/app.css", out: "web/assets/app" }] }),
  ]);
  const [app] = script.outputFiles;
  const [css] = style.outputFiles;
  replaceFile(css.path, Buffer.from(`${await sharedLook()}\n${css.text}`));
  replaceFile(app.path, Buffer.from(app.text));
  replaceFile(join(dist, "web/index.html"), readFileSync(join(root, "src/surfaces/web/index.html")));
}

/** What the callback pages carry in themselves. */
async function sharedLook() {
  const { code } = await transform(readFileSync(join(root, "src/base/look.ts"), "utf8"), { loader: "ts", format: "esm" });
  const { look } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  return look.trim();
}

function writeOutput(path, text) {
  const isProgram = path === join(dist, "main.cjs");
  const shebang = isProgram ? "#!/usr/bin/env node\n" : "";
  const banner = path.endsWith(".js") && text.includes("typeof require") ? requireBanner : "";
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
  for (const folder of [dist, join(dist, "heavy"), join(dist, "chunks")]) {
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      if (/\.c?js$/.test(name) && !written.has(join(folder, name))) rmSync(join(folder, name));
    }
  }
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
const [metafile] = await Promise.all([buildProgram(), buildWeb()]).catch((error) => {
  // esbuild has shown its own errors, with file and line, by now.
  if (!("errors" in error)) console.error(error.message);
  process.exit(1);
});
if (!programOnly) {
  buildTypes();
  await buildSchema();
  replaceFile(join(dist, "THIRD-PARTY-LICENSES.txt"), Buffer.from(licenceNotices(root, Object.keys(metafile.inputs))));
}
console.error(`built ${relative(root, dist)}: ${metafile.outputs.length} files in ${Date.now() - startedAt} ms`);
