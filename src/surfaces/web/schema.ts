import { type Choice, choiceOf, type FormSchema, formSchema, isObject, limitsOf, membersOf, wordsOf } from "../../base/form-schema.ts";

/** JSON Schema, as far as a form can be made of it. Everything else is written as JSON. */
export type Shape =
  | { readonly kind: "string"; readonly format: string | undefined; readonly long: boolean }
  | { readonly kind: "number"; readonly whole: boolean }
  | { readonly kind: "boolean" }
  | Choice
  | { readonly kind: "list"; readonly item: Described }
  | { readonly kind: "object"; readonly members: readonly Member[] }
  | { readonly kind: "json" };

export interface Described {
  readonly shape: Shape;
  readonly title: string | undefined;
  readonly description: string | undefined;
  readonly initial: unknown;
  /** `at least 1`, `3 to 40 characters`. */
  readonly limits: readonly string[];
  readonly check: (value: unknown) => string | undefined;
}

export interface Member extends Described {
  readonly name: string;
  readonly required: boolean;
}

interface Place {
  readonly root: FormSchema;
  readonly depth: number;
}

/** A schema by a hostile server may be endless, or be much. */
const maxDepth = 6;
const maxMembers = 100;

/** The arguments of a tool: always an object, of whatever can be made out. */
export function readToolSchema(schema: unknown): Described {
  const root = isObject(schema) ? schema : {};
  const described = describe(root, { root, depth: 0 });
  if (described.shape.kind === "object" || described.shape.kind === "json") return described;
  return { ...described, shape: { kind: "json" } };
}

function describe(given: unknown, place: Place): Described {
  const schema = formSchema(given, place.root);
  const limits = limitsOf(schema);
  return {
    shape: place.depth > maxDepth ? { kind: "json" } : shapeOf(schema, { ...place, depth: place.depth + 1 }),
    title: wordsOf(schema["title"]),
    description: wordsOf(schema["description"]),
    initial: schema["default"],
    limits: limits.map(({ said }) => said),
    check: (value) => limits.find(({ breaks }) => breaks(value))?.said,
  };
}

function shapeOf(schema: FormSchema, place: Place): Shape {
  const choice = choiceOf(schema);
  if (choice !== undefined) return choice;
  if (["anyOf", "oneOf", "allOf", "not", "if"].some((name) => schema[name] !== undefined)) return { kind: "json" };
  switch (schema["type"] ?? (isObject(schema["properties"]) ? "object" : undefined)) {
    case "string":
      return { kind: "string", format: wordsOf(schema["format"]), long: schema["format"] === undefined && !(typeof schema["maxLength"] === "number" && schema["maxLength"] <= 200) };
    case "number":
    case "integer":
      return { kind: "number", whole: schema["type"] === "integer" };
    case "boolean":
      return { kind: "boolean" };
    case "array":
      return isObject(schema["items"]) && schema["prefixItems"] === undefined ? { kind: "list", item: describe(schema["items"], place) } : { kind: "json" };
    case "object":
      return objectOf(schema, place);
    default:
      return { kind: "json" };
  }
}

function objectOf(schema: FormSchema, place: Place): Shape {
  const members = membersOf(schema);
  const open = schema["additionalProperties"] === true || isObject(schema["additionalProperties"]) || schema["patternProperties"] !== undefined;
  // Below the top, an object of which nothing is known is free; at the top it is a tool that wants nothing.
  if (open || members.length > maxMembers || (members.length === 0 && place.depth > 1)) return { kind: "json" };
  return { kind: "object", members: members.map(({ name, schema: member, required }) => ({ ...describe(member, place), name, required })) };
}
