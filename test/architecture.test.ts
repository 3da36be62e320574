import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

const floors = ["base", "oauth", "config", "vault", "access", "connection", "surfaces"];
const files = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []));
const sources = files("src").map((path) => ({ path, floor: path.split("/")[1] ?? "", text: readFileSync(path, "utf8") }));
const specifier = /(?:\bfrom|\bimport|\bimport\()\s*"([^"]+)"/g;
const imports = sources.flatMap(({ path, floor, text }) => [...text.matchAll(specifier)].map(([, to = ""]) => ({ path, floor, to, target: target(path, to) })));
const entries = ["src/main.ts", "src/index.ts"];

function target(path: string, to: string): string {
  return to.startsWith(".") ? normalize(join(dirname(path), to)) : to;
}
const broken = (rule: (found: (typeof imports)[number]) => boolean): string[] => imports.filter(rule).map(({ path, to }) => `${path} → ${to}`);
const surfaceOf = (path: string): string => path.split("/")[2] ?? "";
const isInside = (path: string, ...folders: string[]): boolean => folders.some((folder) => path.startsWith(`src/${folder}/`));

test("an import only ever points left", () => {
  const mayImport = (from: string, to: string): boolean => from === to || (floors.includes(to) && floors.indexOf(to) < floors.indexOf(from) && !(from === "config" && to === "oauth"));
  expect(broken(({ path, floor, target: to }) => !entries.includes(path) && to.startsWith("src/") && !mayImport(floor, to.split("/")[1] ?? ""))).toEqual([]);
});

test("surfaces do not import each other, except the command line, and bridge and gateway the relay below them; Node's Runtime is made only by the two entries", () => {
  const relays = (path: string, to: string): boolean => isInside(path, "surfaces/bridge", "surfaces/gateway") && isInside(to, "surfaces/relay");
  const crosses = (path: string, to: string): boolean => isInside(path, "surfaces") && isInside(to, "surfaces") && surfaceOf(path) !== surfaceOf(to) && !relays(path, to);
  expect(broken(({ path, target: to }) => crosses(path, to) && (surfaceOf(path) !== "cli" || surfaceOf(to) === "node"))).toEqual([]);
  expect(broken(({ path, target: to }) => isInside(to, "surfaces/node") && !isInside(path, "surfaces/node") && !entries.includes(path))).toEqual([]);
});

test("base and oauth are portable: nothing of Node's", () => {
  expect(broken(({ floor, to }) => ["base", "oauth"].includes(floor) && to.startsWith("node:"))).toEqual([]);
});

test("the MCP SDK is imported only where servers are connected", () => {
  expect(broken(({ path, to }) => to.startsWith("@modelcontextprotocol/") && !isInside(path, "connection"))).toEqual([]);
});

test("what signs and what draws is loaded only where it is used: nothing imports it at once, and the build keeps it apart", () => {
  const heavy = new Set(sources.filter(({ text }) => /^import (?!type )[^;]*from "(jose|uqr)";/m.test(text)).map(({ path }) => path));
  const atOnce = sources.flatMap(({ path, text }) => [...text.matchAll(/^(?:import|export) (?!type )[^;]*?from "(\.[^"]+)";/gm)].map(([, to = ""]) => ({ path, to: target(path, to) })));
  expect([...heavy].toSorted()).toEqual(["src/oauth/client-assertion.ts", "src/oauth/dpop.ts"]);
  expect(atOnce.filter(({ to }) => heavy.has(to)).map(({ path, to }) => `${path} → ${to}`)).toEqual([]);
});

test("the HTTP server is loaded by the one command that serves, and what it is made of by nothing else", () => {
  expect(broken(({ path, to }) => /^@?hono\b/.test(to) && !isInside(path, "surfaces/http"))).toEqual([]);
  const outside = sources.filter(({ path }) => !isInside(path, "surfaces/http")).flatMap(({ path, text }) => [...text.matchAll(/^(?:import|export) (?!type )[^;]*?from "(\.[^"]+)";/gm)].map(([, to = ""]) => ({ path, to: target(path, to) })));
  expect(outside.filter(({ to }) => isInside(to, "surfaces/http")).map(({ path, to }) => `${path} → ${to}`)).toEqual([]);
});

test("what only programs that stay need is loaded by them alone: a command has the core of the manager", () => {
  const values = sources.flatMap(({ path, text }) => [...text.matchAll(/^(?:import|export) (?!type )[^;]*?from "(\.[^"]+)";|\bimport\("(\.[^"]+)"\)/gm)].map(([, now, later]) => ({ path, to: target(path, now ?? later ?? "") })));
  const whoLoads = (file: string): string[] => values.filter(({ to }) => to === file).map(({ path }) => path).toSorted();
  expect(whoLoads("src/connection/standing.ts")).toEqual(["src/connection/manager.ts"]);
  expect(whoLoads("src/connection/manager.ts")).toEqual(["src/surfaces/cli/commands/serve.ts", "src/surfaces/cli/commands/tui.ts", "src/surfaces/library/create-manager.ts"]);
});

test("every source file has a floor, at most 250 lines, and no default export", () => {
  const odd = sources.filter(({ path, floor, text }) => (!entries.includes(path) && !floors.includes(floor)) || text.split("\n").length > 251 || /^export default\b/m.test(text));
  expect(odd.map(({ path }) => path)).toEqual([]);
});

test("docs/map.md names every folder under src and stays under a hundred lines", () => {
  const map = readFileSync("docs/map.md", "utf8");
  const folders = new Set(sources.map(({ path }) => `${dirname(path)}/`).filter((folder) => folder !== "src/"));
  expect([...folders].filter((folder) => !map.includes(folder.slice("src/".length)))).toEqual([]);
  expect(map.split("\n").length).toBeLessThanOrEqual(101);
});
