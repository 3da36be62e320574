import fc from "fast-check";
import { expect, test } from "vitest";
import { type Described, readToolSchema, type Shape } from "../../../src/surfaces/web/schema.ts";

const tool = (properties: Readonly<Record<string, unknown>>, more: Readonly<Record<string, unknown>> = {}): Shape => readToolSchema({ type: "object", properties, ...more }).shape;

function member(schema: unknown, more: Readonly<Record<string, unknown>> = {}): Described {
  const shape = tool({ it: schema }, more);
  const found = shape.kind === "object" ? shape.members[0] : undefined;
  if (found === undefined) throw new Error("there is no such member");
  return found;
}

const kindOf = (schema: unknown, more?: Readonly<Record<string, unknown>>): string => member(schema, more).shape.kind;

test("every plain type has its field, and what no form can be made of is written as JSON", () => {
  expect(kindOf({ type: "string" })).toBe("string");
  expect(member({ type: "integer" }).shape).toEqual({ kind: "number", whole: true });
  expect(member({ type: "number" }).shape).toEqual({ kind: "number", whole: false });
  expect(kindOf({ type: "boolean" })).toBe("boolean");
  expect(member({ enum: ["a", 1, null] }).shape).toEqual({ kind: "choice", values: ["a", 1, null], titles: ["a", "1", "null"] });
  expect(member({ const: "only" }).shape).toMatchObject({ kind: "choice", values: ["only"] });
  expect(member({ oneOf: [{ const: 1, title: "one" }, { const: 2 }] }).shape).toEqual({ kind: "choice", values: [1, 2], titles: ["one", "2"] });
  expect(member({ type: "array", items: { type: "string" } }).shape).toMatchObject({ kind: "list", item: { shape: { kind: "string" } } });
  expect(member({ type: "object", properties: { deep: { type: "boolean" } } }).shape).toMatchObject({ kind: "object", members: [{ name: "deep", shape: { kind: "boolean" } }] });
  for (const odd of [{}, true, { type: ["string", "number"] }, { anyOf: [{ type: "string" }, { type: "number" }] }, { type: "array" }, { type: "array", prefixItems: [{}], items: {} }, { type: "object" }, { type: "object", additionalProperties: { type: "string" } }, { type: "strange" }, { not: {} }]) {
    expect({ odd, kind: kindOf(odd) }).toEqual({ odd, kind: "json" });
  }
});

test("what may be null is what may be left out", () => {
  expect(kindOf({ type: ["string", "null"] })).toBe("string");
  expect(member({ anyOf: [{ type: "integer", minimum: 1 }, { type: "null" }], description: "how many" })).toMatchObject({ shape: { kind: "number", whole: true }, description: "how many", limits: ["at least 1"] });
});

test("required members come first, and a tool that wants nothing has an empty form", () => {
  const shape = tool({ a: { type: "string" }, b: { type: "string" } }, { required: ["b"] });
  expect(shape.kind === "object" ? shape.members.map(({ name, required }) => [name, required]) : shape).toEqual([["b", true], ["a", false]]);
  expect(readToolSchema({ type: "object" }).shape).toEqual({ kind: "object", members: [] });
  expect(readToolSchema(undefined).shape).toEqual({ kind: "json" });
  expect(readToolSchema({ type: "object", additionalProperties: true }).shape).toEqual({ kind: "json" });
});

test("limits are said in one breath, and hold", () => {
  const title = member({ type: "string", minLength: 3, maxLength: 5 });
  expect(title.limits).toEqual(["3 to 5 characters"]);
  expect([title.check("ab"), title.check("abc"), title.check("👍👍👍👍👍"), title.check("abcdef")]).toEqual(["3 to 5 characters", undefined, undefined, "3 to 5 characters"]);
  const share = member({ type: "number", exclusiveMinimum: 0, maximum: 1 });
  expect(share.limits).toEqual(["at most 1", "more than 0"]);
  expect([share.check(0), share.check(0.5), share.check(1.5)]).toEqual(["more than 0", undefined, "at most 1"]);
  expect(member({ type: "array", items: {}, minItems: 1 }).limits).toEqual(["at least 1 item"]);
});

test("references are followed inside the document only, and never for ever", () => {
  const definitions = { $defs: { Colour: { enum: ["red"] }, Tree: { type: "object", properties: { child: { $ref: "#/$defs/Tree" } } }, "a/b": { type: "boolean" } } };
  expect(kindOf({ $ref: "#/$defs/Colour" }, definitions)).toBe("choice");
  expect(kindOf({ $ref: "#/$defs/a~1b" }, definitions)).toBe("boolean");
  expect(kindOf({ $ref: "https://example.com/schema" }, definitions)).toBe("json");
  expect(kindOf({ $ref: "#/$defs/absent" }, definitions)).toBe("json");
  expect(kindOf({ $ref: "#/properties/it" }, definitions)).toBe("json");
  expect(JSON.stringify(tool({ it: { $ref: "#/$defs/Tree" } }, definitions)).length).toBeLessThan(10_000);
});

test("a schema of very many members is written as JSON", () => {
  expect(tool(Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`m${String(index)}`, {}]))).kind).toBe("json");
});

test("whatever a server sends as a schema, something can be made of it, and soon", () => {
  const keyword = fc.constantFrom("type", "properties", "items", "enum", "const", "anyOf", "oneOf", "required", "$ref", "default", "minimum", "maxLength", "title", "__proto__", "constructor");
  const { node } = fc.letrec((tie) => ({
    node: fc.oneof({ maxDepth: 6 }, fc.constantFrom("object", "array", "string", "null", "#/", "#/properties", null, 0, -1, true), fc.array(tie("node"), { maxLength: 3 }), fc.dictionary(keyword, tie("node"), { maxKeys: 5 })),
  }));
  fc.assert(fc.property(node, (schema) => ["object", "json"].includes(readToolSchema(schema).shape.kind)), { numRuns: 500 });
});
