import { expect, test } from "vitest";
import { sampleArguments } from "../../../src/surfaces/cli/sample-arguments.ts";

const object = (properties: object, required: readonly string[] = Object.keys(properties)) => ({ type: "object", properties, required });

test("what is required is there, by its type; what is optional only with its default", () => {
  const schema = object({ a: { type: "string" }, b: { type: "integer" }, c: { type: "number" }, d: { type: "boolean" }, e: { type: "array" }, f: { type: "null" }, g: { type: "string" }, h: { default: 7 } }, ["a", "b", "c", "d", "e", "f"]);
  expect(sampleArguments(schema)).toEqual({ a: "example", b: 1, c: 1, d: true, e: [], f: null, h: 7 });
});

test("numbers keep to their bounds", () => {
  const schema = object({
    least: { type: "integer", minimum: 5 },
    most: { type: "number", maximum: -2.5 },
    above: { type: "integer", exclusiveMinimum: 1 },
    between: { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 0.5 },
    steps: { type: "integer", minimum: 3, multipleOf: 5 },
  });
  expect(sampleArguments(schema)).toEqual({ least: 5, most: -2.5, above: 2, between: 0.25, steps: 5 });
});

test("enums, constants, examples and formats are taken at their word", () => {
  const schema = object({ a: { enum: ["x", "y"] }, b: { const: 3 }, c: { type: "string", examples: ["eg"] }, d: { type: "string", format: "email" }, e: { type: "string", minLength: 10 }, f: { type: "string", maxLength: 3 } });
  expect(sampleArguments(schema)).toEqual({ a: "x", b: 3, c: "eg", d: "person@example.com", e: "examplexxx", f: "exa" });
});

test("nested objects, arrays with a least length, references, alternatives and allOf are followed", () => {
  const schema = {
    ...object({ where: { $ref: "#/$defs/place" }, list: { type: "array", minItems: 2, items: { type: "integer" } }, pair: { type: "array", prefixItems: [{ type: "string" }, { type: "number" }] }, any: { anyOf: [{ type: "null" }, { type: "integer" }] }, all: { allOf: [object({ x: { type: "string" } }), object({ y: { type: "boolean" } })] } }),
    $defs: { place: object({ city: { type: "string" } }) },
  };
  expect(sampleArguments(schema)).toEqual({ where: { city: "example" }, list: [1, 1], pair: ["example", 1], any: 1, all: { x: "example", y: true } });
});

test("a schema that refers to itself, or is none at all ends in something", () => {
  const endless = { ...object({ again: { $ref: "#" } }) };
  expect(() => sampleArguments(endless)).not.toThrow();
  for (const odd of [undefined, null, 5, "x", [], { type: "array" }, { required: [1, "a"] }]) expect(() => sampleArguments(odd)).not.toThrow();
});
