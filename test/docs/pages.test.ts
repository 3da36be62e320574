import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { authorizationServersTable } from "../../scripts/docs/authorization-servers-table.ts";
import { configurationTables } from "../../scripts/docs/configuration-tables.ts";
import { fieldNotesPage, testedFieldNotes } from "../../scripts/docs/field-notes-page.ts";
import { httpTables } from "../../scripts/docs/http-api.ts";
import { withPart } from "../../scripts/docs/generated-part.ts";
import { errorGroups, troubleshootingPage } from "../../scripts/docs/troubleshooting-page.ts";
import { localShape, oauthShape, remoteShape, topShape } from "../../src/config/entry-schema.ts";
import { errorTable } from "../../src/surfaces/cli/error-table.ts";
import { exitCodes } from "../../src/surfaces/cli/exit-codes.ts";

const read = (file: string): string => readFileSync(file, "utf8");
const again = "npm run docs";
const pages = ["README.md", "CONTRIBUTING.md", ...readdirSync("docs", { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".md")).map((name) => join("docs", name))];

test("docs/troubleshooting.md is what the table of errors says", () => {
  expect(read("docs/troubleshooting.md"), again).toBe(troubleshootingPage());
});

test("the page on troubleshooting has every error code once, with its exit code", () => {
  expect(errorGroups.flatMap(({ codes }) => codes).toSorted()).toEqual(Object.keys(errorTable).toSorted());
  for (const [code, exitCode] of Object.entries(exitCodes)) expect(troubleshootingPage()).toMatch(new RegExp(`### \`${code}\`\\n\\n[^#]*\\(exit code ${exitCode}\\)`));
});

test("the tables of docs/configuration.md are what the schema says, with every key", () => {
  const page = read("docs/configuration.md");
  expect(page, again).toBe(Object.entries(configurationTables()).reduce((text, [name, table]) => withPart(text, name, table), page));
  const keysOf = (table: string): string[] => [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, key = ""]) => key);
  const tables = configurationTables();
  expect(keysOf(tables["remote keys"]).toSorted()).toEqual(Object.keys(remoteShape).toSorted());
  expect(keysOf(tables["local keys"]).toSorted()).toEqual(Object.keys(localShape).toSorted());
  expect(keysOf(tables["oauth keys"]).toSorted()).toEqual(Object.keys(oauthShape).toSorted());
  expect(keysOf(tables["top keys"]).toSorted()).toEqual(Object.keys(topShape).toSorted());
});

test("the tables of docs/http.md are what the document and the list of differences say", () => {
  const page = read("docs/http.md");
  expect(page, again).toBe(Object.entries(httpTables()).reduce((text, [name, table]) => withPart(text, name, table), page));
});

test("the table of docs/authorization-servers.md is what was seen of the servers", () => {
  const page = read("docs/authorization-servers.md");
  expect(page, again).toBe(withPart(page, "differences", authorizationServersTable()));
});

test("docs/field-notes.md has one line for every field note that a test is named after, and no other", () => {
  expect(read("docs/field-notes.md"), again).toBe(fieldNotesPage(process.cwd()));
  const lines = [...read("docs/field-notes.md").matchAll(/^- \*\*([A-Z]\d{2})\*\* /gm)].map(([, id = ""]) => id);
  expect(lines).toEqual([...testedFieldNotes(process.cwd()).keys()]);
  expect(lines.length).toBeGreaterThan(20);
});

test("a link inside the repository leads somewhere, down to the heading", () => {
  const links = pages.flatMap((page) => [...read(page).matchAll(/\]\((?!https?:)([^)\s]*)\)/g)].map(([, to = ""]) => ({ page, to })));
  expect(links.length).toBeGreaterThan(8);
  expect(links.filter(({ page, to }) => !leadsSomewhere(page, to))).toEqual([]);
});

function leadsSomewhere(page: string, to: string): boolean {
  const [file = "", heading] = to.split("#");
  const target = file === "" ? page : normalize(join(dirname(page), file));
  return existsSync(target) && (heading === undefined || headings(read(target)).includes(heading));
}

/** As the usual renderers make them. */
function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) => title.toLowerCase().replace(/[^\w\s-]/g, "").trim().replaceAll(" ", "-"));
}

test("every picture is small, and shown on some page", () => {
  const pictures = readdirSync("docs/screens").map((name) => join("docs/screens", name));
  expect(pictures.length).toBeGreaterThan(5);
  expect(pictures.filter((file) => statSync(file).size > 150_000)).toEqual([]);
  const shown = pages.flatMap((page) => [...read(page).matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, to = ""]) => normalize(join(dirname(page), to))));
  expect(pictures.filter((file) => !shown.includes(file))).toEqual([]);
});
