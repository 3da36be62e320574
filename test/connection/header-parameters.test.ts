import fc from "fast-check";
import { expect, test, vi } from "vitest";

import { headerFault } from "../../src/connection/header-parameters.ts";
import { openHarness, remote } from "./harness.ts";

const mirrored = (name: unknown, type = "string"): object => ({ type, "x-mcp-header": name });

test.each([
  ["an allowed one", { properties: { a: mirrored("Region"), b: { type: "object", properties: { c: mirrored("Tenant", "integer") } } } }, undefined],
  ["data that looks like one", { properties: { a: { type: "object", default: { "x-mcp-header": "no" }, enum: [{ "x-mcp-header": "" }] } } }, undefined],
  ["one at the root", mirrored("Region"), /no argument/],
  ["one inside a list", { properties: { a: { items: mirrored("Region") } } }, /no argument/],
  ["one behind a choice", { anyOf: [{ properties: { a: mirrored("Region") } }] }, /no argument/],
  ["an empty one", { properties: { a: mirrored("") } }, /not the name of a header/],
  ["one with a line break", { properties: { a: mirrored("A\r\nB") } }, /not the name of a header/],
  ["one on a number", { properties: { a: mirrored("Region", "number") } }, /neither string/],
  ["one on a list", { properties: { a: mirrored("Region", "array") } }, /neither string/],
  ["two of the same name", { properties: { a: mirrored("Region"), b: mirrored("REGION") } }, /declared twice/],
] as const)("of header declarations, %s", (_, schema, fault) => {
  if (fault === undefined) expect(headerFault(schema)).toBeUndefined();
  else expect(headerFault(schema)).toMatch(fault);
});

test("any schema has a fault or none, never a crash", () => {
  fc.assert(fc.property(fc.jsonValue(), (schema) => void headerFault(schema)));
});

test("a tool that may not be offered is left out, and said so in plain words on no terminal", async () => {
  const printed = vi.spyOn(console, "warn").mockImplementation(() => {});
  const harness = await openHarness();
  const server = await harness.resource({
    wire: "modern",
    tools: [
      { name: "good", inputSchema: { type: "object", properties: { a: mirrored("Region") } } },
      { name: "bad\u001b[2J", inputSchema: { type: "object", properties: { a: mirrored("not a token") } } },
    ],
  });
  const connection = await harness.manager({ s: remote(server.url) }).connect("s");
  expect((await connection.listTools()).map(({ name }) => name)).toEqual(["good"]);
  await expect(connection.callTool("bad\u001b[2J", {})).rejects.toMatchObject({ code: "tool_unknown" });
  expect(harness.events.find(({ type }) => type === "warning")).toMatchObject({ message: "The tool bad is left out: x-mcp-header is not the name of a header." });
  expect(printed).not.toHaveBeenCalled();
  printed.mockRestore();
});
