import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, expect, test } from "vitest";
import { product } from "../src/base/product.ts";

const run = promisify(execFile);
const root = process.cwd();
const work = mkdtempSync(join(tmpdir(), "mcpass-package-"));
const checkout = join(work, "checkout");
const consumer = join(work, "consumer");
const installed = join(consumer, "node_modules/mcpass");
const tool = (script: string): string => join(root, "node_modules", script);
const files = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []));
let packed = "";

/** Packs a copy, so that other tests go on using this checkout's build, and installs the packed file as a user would. */
beforeAll(async () => {
  mkdirSync(checkout);
  for (const name of ["src", "scripts", "package.json", "tsconfig.json", "tsconfig.build.json", "README.md", "LICENSE", "CHANGELOG.md"]) {
    if (existsSync(name)) cpSync(name, join(checkout, name), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(checkout, "node_modules"), "junction");
  await run("npm", ["pack", "--pack-destination", work], { cwd: checkout });
  packed = join(work, `mcpass-${product.version}.tgz`);
  mkdirSync(consumer);
  writeFileSync(join(consumer, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", packed], { cwd: consumer });
}, 600_000);

afterAll(() => rmSync(work, { recursive: true, force: true }));

test("the program says the version that is in package.json, however it is started", async () => {
  const { stdout } = await run("npx", ["--no-install", "mcpass", "--version"], { cwd: consumer });
  expect(stdout.trim()).toBe(product.version);
  expect(JSON.parse(readFileSync(join(installed, "package.json"), "utf8"))).toMatchObject({ version: product.version });
});

test("installed, it takes at most 15 MB on disk, prebuilt native code aside", () => {
  const bytes = files(join(consumer, "node_modules"))
    .filter((path) => !/[\\/]prebuilds[\\/]/.test(path))
    .reduce((sum, path) => sum + statSync(path).size, 0);
  expect(bytes / 1_000_000).toBeLessThanOrEqual(15);
});

test("nothing but what users need is published, and nothing that names a machine", () => {
  const names = files(installed).map((path) => relative(installed, path));
  expect(names.filter((name) => !/^(dist\/|README\.md$|LICENSE$|CHANGELOG\.md$|package\.json$)/.test(name) || name.endsWith(".map"))).toEqual([]);
  for (const name of ["dist/main.cjs", "dist/index.js", "dist/types/index.d.ts", "dist/mcpass.schema.json", "dist/web/index.html", "dist/web/assets/app.js", "dist/web/assets/app.css", "dist/THIRD-PARTY-LICENSES.txt", "LICENSE"]) {
    expect(names).toContain(name);
  }
  const telling = [root, work, ...(homedir() === "/" ? [] : [`${homedir()}/`])];
  expect(files(installed).filter((path) => telling.some((words) => readFileSync(path, "utf8").includes(words)))).toEqual([]);
});

test("the only packages that come along are the kernel lock, with what it needs, and where there is one for this system the keychain", () => {
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as { dependencies: object; optionalDependencies: object };
  expect([Object.keys(dependencies), Object.keys(optionalDependencies)]).toEqual([["fs-native-extensions"], ["@napi-rs/keyring"]]);
});

test("a database named without the package that speaks to it: the package is named, and how it is had", async () => {
  const env = { ...process.env, MCPASS_HOME: join(work, "home"), MCPASS_VAULT: "postgres://ann:canary-password@127.0.0.1:1/vault" };
  for (const words of [["auth", "list"], ["logout", "--all"]]) {
    const { code, stderr } = await run("npx", ["--no-install", "mcpass", ...words], { cwd: consumer, env }).catch((error: { code: number; stderr: string }) => error) as { code?: number; stderr: string };
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(/package pg, .* is not installed[^]*hint: .*npm install --global pg/) });
    expect(stderr).not.toContain("canary");
  }
});

test("a TypeScript program can use the library's types with nothing else installed, and what they forbid does not compile", async () => {
  writeFileSync(join(consumer, "use.ts"), 'import * as mcpass from "mcpass";\nexport type Exported = keyof typeof mcpass;\n');
  writeFileSync(join(consumer, "library.ts"), readFileSync("test/types/library.ts"));
  const options = { strict: true, exactOptionalPropertyTypes: true, module: "nodenext", target: "es2022", lib: ["es2023", "dom", "dom.iterable"], types: [], noEmit: true, skipLibCheck: false };
  writeFileSync(join(consumer, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files: ["use.ts", "library.ts"] }));
  const { stdout } = await run(process.execPath, [tool("typescript/bin/tsc"), "-p", "."], { cwd: consumer }).catch((error: { stdout: string }) => error);
  expect(stdout).toBe("");
});

test("publint and attw find nothing to say about the exports", async () => {
  const { messages, pkg } = await publint({ pkgDir: installed, pack: false, strict: true });
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  const words = [tool("@arethetypeswrong/cli/dist/index.js"), packed, "--profile", "esm-only", "--no-color", "--no-emoji"];
  const answer: { code?: number; stdout: string } = await run(process.execPath, words).catch((error: { code: number; stdout: string }) => error);
  const { code = 0, stdout } = answer;
  expect({ code, said: code === 0 ? "" : stdout }).toEqual({ code: 0, said: "" });
});
