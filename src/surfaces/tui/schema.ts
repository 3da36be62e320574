/** A JSON Schema as far as a form can be made of it; everything else is written as JSON. */
export type Shape =
  | { readonly kind: "text" }
  | { readonly kind: "number"; readonly whole: boolean }
  | { readonly kind: "choice"; readonly values: readonly unknown[]; readonly titles: readonly string[] }
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

interface Limit {
  readonly said: string;
  readonly breaks: (value: unknown) => boolean;
}

export type Schema = Readonly<Record<string, unknown>>;

/** A schema by a hostile server may lead in circles, or be much. */
const mostSteps = 6;
const mostFields = 200;

/** The fields of an object, required ones first; undefined: no form can be made of it. */
export function fieldsOf(schema: unknown): readonly FormField[] | undefined {
  const root = asSchema(schema);
  const top = follow(root, root);
  if (["anyOf", "oneOf", "allOf", "if"].some((name) => top[name] !== undefined)) return undefined;
  const properties = Object.entries(asSchema(top["properties"]));
  if (properties.length > mostFields) return undefined;
  const required = new Set(Array.isArray(top["required"]) ? (top["required"] as unknown[]) : []);
  const fields = properties.map(([name, property]) => fieldOf(name, withoutNull(follow(property, root)), required.has(name)));
  return [...fields.filter((field) => field.required), ...fields.filter((field) => !field.required)];
}

function fieldOf(name: string, schema: Schema, required: boolean): FormField {
  const shape = shapeOf(schema);
  const preset = schema["default"] ?? ("const" in schema ? schema["const"] : undefined);
  return { name, title: text(schema["title"]), description: text(schema["description"]), required, shape, initial: preset === undefined ? "" : write(preset, shape), limits: limitsOf(schema) };
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

function shapeOf(schema: Schema): Shape {
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

function choiceOf(schema: Schema): Shape | undefined {
  const made = (values: readonly unknown[], titles: readonly string[]): Shape => ({ kind: "choice", values, titles });
  if ("const" in schema) return made([schema["const"]], [shown(schema["const"])]);
  if (Array.isArray(schema["enum"]) && schema["enum"].length > 0) return made(schema["enum"], schema["enum"].map(shown));
  const options: unknown = schema["oneOf"] ?? schema["anyOf"];
  if (!Array.isArray(options) || options.length === 0 || !options.every((option) => "const" in asSchema(option))) return undefined;
  const each = options.map(asSchema);
  return made(each.map((option) => option["const"]), each.map((option) => text(option["title"]) ?? shown(option["const"])));
}

/** To where `$ref` points in this document; a reference elsewhere is never followed. */
function follow(given: unknown, root: Schema): Schema {
  let schema = asSchema(given);
  for (let steps = 0; steps < mostSteps && typeof schema["$ref"] === "string"; steps += 1) {
    const { $ref: reference, ...beside } = schema;
    const names = String(reference).startsWith("#/") ? String(reference).slice(2).split("/") : ["nowhere"];
    const target = names.reduce<Schema>((from, step) => asSchema(Object.hasOwn(from, unescaped(step)) ? from[unescaped(step)] : undefined), root);
    schema = { ...target, ...beside };
  }
  return schema["$ref"] === undefined ? schema : {};
}

/** RFC 6901 §4 */
function unescaped(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** `null` is what leaving a field empty means, so a form needs no word for it. */
function withoutNull(schema: Schema): Schema {
  const { type } = schema;
  const types = Array.isArray(type) ? type.filter((each) => each !== "null") : [type];
  const plainly: Schema = types.length === 1 ? { ...schema, type: types[0] as unknown } : { ...schema, type: undefined };
  const options: unknown = schema["anyOf"] ?? schema["oneOf"];
  const others = Array.isArray(options) ? options.filter((option) => asSchema(option)["type"] !== "null") : [];
  if (!Array.isArray(options) || others.length !== 1 || options.length === 1) return plainly;
  const { anyOf: _any, oneOf: _one, ...beside } = plainly;
  return { ...beside, ...asSchema(others[0]) };
}

const measures: readonly (readonly [least: string, most: string, unit: string, measure: (value: unknown) => number | undefined])[] = [
  ["minimum", "maximum", "", (value) => (typeof value === "number" ? value : undefined)],
  ["minLength", "maxLength", " characters", (value) => (typeof value === "string" ? [...value].length : undefined)],
  ["minItems", "maxItems", " items", (value) => (Array.isArray(value) ? value.length : undefined)],
];

/** `3 to 40 characters`, `at least 1`. */
function limitsOf(schema: Schema): readonly Limit[] {
  return measures.flatMap(([least, most, unit, measure]) => {
    const [low, high] = [schema[least], schema[most]].map((bound) => (typeof bound === "number" ? bound : undefined));
    if (low === undefined && high === undefined) return [];
    const said = high === undefined ? `at least ${String(low)}` : low === undefined ? `at most ${String(high)}` : `${String(low)} to ${String(high)}`;
    const breaks = (value: unknown): boolean => {
      const size = measure(value);
      return size !== undefined && (size < (low ?? -Infinity) || size > (high ?? Infinity));
    };
    return [{ said: said + unit, breaks }];
  });
}

export function asSchema(value: unknown): Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Schema) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
