import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";

import { type Api, apiPage, exampleBlock, readApi } from "../../scripts/docs/api-page.ts";
import { withPart } from "../../scripts/docs/generated-part.ts";

let api: Api;
beforeAll(async () => {
  api = await readApi(process.cwd());
}, 120_000);

test("docs/api.md is what the source of the library says", () => {
  expect(readFileSync("docs/api.md", "utf8"), "npm run docs").toBe(apiPage(api));
});

test("docs/library.md shows the example that is run", () => {
  const page = readFileSync("docs/library.md", "utf8");
  expect(page, "npm run docs").toBe(withPart(page, "ten lines", exampleBlock(process.cwd(), "ten-lines")));
});

test("every export has its words, and so has every member of a manager, of the options and of what they are made of", () => {
  expect(api.exports.filter(({ doc }) => doc === "").map(({ name }) => name)).toEqual([]);
  for (const name of ["Manager", "CreateManagerOptions", "StartAuthOptions", "StartedAuth", "Vault"]) {
    const found = api.exports.find((each) => each.name === name);
    expect(found?.members.length).toBeGreaterThan(2);
    expect(found?.members.filter(({ doc, declaration }) => doc === "" && !declaration.startsWith("signal?")).map(({ declaration }) => declaration)).toEqual([]);
  }
});

test("no type is mentioned in the library's that it does not export", () => {
  expect(api.warnings).toEqual([]);
});

test("functions that throw say which codes, and every code that is named is one", () => {
  const codes = new Set(/export type ErrorCode =([^;]*);/.exec(readFileSync("src/base/errors.ts", "utf8"))?.[1]?.match(/\w+(?=")/g));
  const named = api.exports.flatMap(({ doc, members }) => [doc, ...members.map((member) => member.doc)]).flatMap((doc) => [...doc.matchAll(/Throws[^.]*\./g)].flatMap(([sentence]) => [...sentence.matchAll(/`([a-z]+_[a-z_]+|usage|cancelled|unreachable)`/g)].map(([, code = ""]) => code)));
  expect(codes.size).toBeGreaterThan(40);
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((code) => !codes.has(code))).toEqual([]);
});
