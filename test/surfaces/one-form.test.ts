import { expect, test } from "vitest";
import { fieldsOf } from "../../src/surfaces/tui/schema.ts";
import { readToolSchema } from "../../src/surfaces/web/schema.ts";

const $defs = { size: { type: ["integer", "null"], minimum: 1, maximum: 1, title: "Size" }, colour: { anyOf: [{ const: "red", title: "Red" }, { const: 7 }] } };
const properties = {
  above: { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 5 },
  name: { type: "string", minLength: 1 },
  list: { type: "array", items: { type: "string" }, minItems: 2, maxItems: 2 },
  size: { $ref: "#/$defs/size", description: "How large" },
  colour: { $ref: "#/$defs/colour" },
  perhaps: { title: "Outer", oneOf: [{ type: "string", maxLength: 3, title: "Inner" }, { type: "null" }] },
  kind: { enum: ["a", 2, null] },
  none: { enum: [] },
  only: { const: "x" },
  inherited: { $ref: "#/constructor" },
  elsewhere: { $ref: "https://elsewhere.example/schema" },
  circle: { $ref: "#/properties/circle" },
};

test("the screen and the page read the same out of a tool's schema: its fields in their order, titles, choices and limits", () => {
  const schema = { type: "object", properties, required: ["kind", "name"], $defs };
  const page = readToolSchema(schema);
  if (page.shape.kind !== "object") throw new Error("not an object");
  const onPage = page.shape.members.map(({ name, title, description, required, shape, limits }) => ({ name, title, description, required, choices: shape.kind === "choice" ? shape.titles : undefined, limits }));
  const onScreen = (fieldsOf(schema) ?? []).map(({ name, title, description, required, shape, limits }) => ({ name, title, description, required, choices: shape.kind === "choice" ? shape.titles : undefined, limits: limits.map(({ said }) => said) }));
  expect(onScreen).toEqual(onPage);
  expect(onPage.map(({ name }) => name)).toEqual(["name", "kind", ...Object.keys(properties).filter((name) => !["name", "kind"].includes(name))]);
  expect(Object.fromEntries(onPage.map(({ name, limits }) => [name, limits]).filter(([, limits]) => limits!.length > 0))).toEqual({ above: ["more than 0", "less than 5"], name: ["at least 1 character"], list: ["exactly 2 items"], size: ["exactly 1"], perhaps: ["at most 3 characters"] });
  expect(onPage.find(({ name }) => name === "perhaps")?.title).toBe("Outer");
});
