import { asSchema, type Choice, choiceOf, type FormSchema, formSchema, type Limit, limitsOf, membersOf, wordsOf } from "../../base/form-schema.ts";

/** A JSON Schema as far as a form can be made of it; everything else is written as JSON. */
export type Shape =
  | { readonly kind: "text" }
  | { readonly kind: "number"; readonly whole: boolean }
  | Choice
  | { readonly kind: "json" };

export interface FormField {
  readonly name: string;
  readonly title: string | undefined;
  readonly description: string | undefined;
  readonly required: boolean;
  readonly shape: Shape;
  /** What stands there at first, as text. */
  readonly initial: string;
  readonly limits: readonly Limit[];
}

/** A schema by a hostile server may be much. */
const mostFields = 200;

/** The fields of an object, required ones first; undefined: no form can be made of it. */
export function fieldsOf(schema: unknown): readonly FormField[] | undefined {
  const root = asSchema(schema);
  const top = formSchema(root, root);
  if (["anyOf", "oneOf", "allOf", "if"].some((name) => top[name] !== undefined)) return undefined;
  const members = membersOf(top);
  return members.length > mostFields ? undefined : members.map(({ name, schema: member, required }) => fieldOf(name, formSchema(member, root), required));
}

function fieldOf(name: string, schema: FormSchema, required: boolean): FormField {
  const shape = shapeOf(schema);
  const preset = schema["default"] ?? ("const" in schema ? schema["const"] : undefined);
  return { name, title: wordsOf(schema["title"]), description: wordsOf(schema["description"]), required, shape, initial: preset === undefined ? "" : write(preset, shape), limits: limitsOf(schema) };
}

/** A value as it stands in its field. */
export function write(value: unknown, shape: Shape): string {
  if (shape.kind === "choice") return shape.titles[shape.values.findIndex((each) => JSON.stringify(each) === JSON.stringify(value))] ?? "";
  return typeof value === "string" && shape.kind === "text" ? value : JSON.stringify(value);
}

export type Reading = { readonly value: unknown } | { readonly problem: string };

/** What a field holds; a value that is undefined was left out. */
export function read(field: FormField, written: string): Reading {
  const value = parse(field, written);
  if ("problem" in value) return value;
  if (value.value === undefined) return field.required ? { problem: "This is needed." } : value;
  const broken = field.limits.find(({ breaks }) => breaks(value.value));
  return broken === undefined ? value : { problem: `This must be ${broken.said}.` };
}

function parse({ shape }: FormField, written: string): Reading {
  const trimmed = written.trim();
  if (shape.kind === "text") return { value: written === "" ? undefined : written };
  if (trimmed === "") return { value: undefined };
  if (shape.kind === "choice") {
    const at = shape.titles.indexOf(trimmed);
    return at < 0 ? { problem: "This is none of the choices." } : { value: shape.values[at] };
  }
  if (shape.kind === "json") return parseJson(trimmed);
  const number = Number(trimmed);
  if (!Number.isFinite(number)) return { problem: "This must be a number." };
  return shape.whole && !Number.isInteger(number) ? { problem: "This must be a whole number." } : { value: number };
}

export function parseJson(written: string): Reading {
  try {
    return { value: JSON.parse(written) as unknown };
  } catch (error) {
    return { problem: `This is not JSON: ${(error as Error).message}` };
  }
}

function shapeOf(schema: FormSchema): Shape {
  const choice = choiceOf(schema);
  if (choice !== undefined) return choice;
  switch (schema["type"]) {
    case "string":
      return { kind: "text" };
    case "number":
    case "integer":
      return { kind: "number", whole: schema["type"] === "integer" };
    case "boolean":
      return { kind: "choice", values: [true, false], titles: ["true", "false"] };
    default:
      return { kind: "json" };
  }
}
