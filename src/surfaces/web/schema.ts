/** JSON Schema, as far as a form can be made of it. Everything else is written as JSON. */
export type Shape =
  | { readonly kind: "string"; readonly format: string | undefined; readonly long: boolean }
  | { readonly kind: "number"; readonly whole: boolean }
  | { readonly kind: "boolean" }
  | { readonly kind: "choice"; readonly values: readonly unknown[]; readonly titles: readonly string[] }
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

type Schema = Readonly<Record<string, unknown>>;

interface Place {
  readonly root: Schema;
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
  const schema = withoutNull(follow(given, place));
  return {
    shape: place.depth > maxDepth ? { kind: "json" } : shapeOf(schema, { ...place, depth: place.depth + 1 }),
    title: words(schema["title"]),
    description: words(schema["description"]),
    initial: schema["default"],
    ...limitsOf(schema),
  };
}

function shapeOf(schema: Schema, place: Place): Shape {
  const choice = choiceOf(schema);
  if (choice !== undefined) return choice;
  if (["anyOf", "oneOf", "allOf", "not", "if"].some((name) => schema[name] !== undefined)) return { kind: "json" };
  switch (schema["type"] ?? (isObject(schema["properties"]) ? "object" : undefined)) {
    case "string":
      return { kind: "string", format: words(schema["format"]), long: schema["format"] === undefined && !(number(schema["maxLength"]) <= 200) };
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

function objectOf(schema: Schema, place: Place): Shape {
  const properties = Object.entries(isObject(schema["properties"]) ? schema["properties"] : {});
  const open = schema["additionalProperties"] === true || isObject(schema["additionalProperties"]) || schema["patternProperties"] !== undefined;
  // Below the top, an object of which nothing is known is free; at the top it is a tool that wants nothing.
  if (open || properties.length > maxMembers || (properties.length === 0 && place.depth > 1)) return { kind: "json" };
  const required = Array.isArray(schema["required"]) ? (schema["required"] as unknown[]) : [];
  const members = properties.map(([name, value]) => ({ ...describe(value, place), name, required: required.includes(name) }));
  return { kind: "object", members: [...members.filter((member) => member.required), ...members.filter((member) => !member.required)] };
}

function choiceOf(schema: Schema): Shape | undefined {
  if ("const" in schema) return { kind: "choice", values: [schema["const"]], titles: [shown(schema["const"])] };
  if (Array.isArray(schema["enum"])) return { kind: "choice", values: schema["enum"], titles: schema["enum"].map(shown) };
  const options = schema["oneOf"] ?? schema["anyOf"];
  if (!Array.isArray(options) || options.length === 0 || !options.every((option) => isObject(option) && "const" in option)) return undefined;
  const each = options as readonly Schema[];
  return { kind: "choice", values: each.map((option) => option["const"]), titles: each.map((option) => words(option["title"]) ?? shown(option["const"])) };
}

/** To where `$ref` points in this document; a reference elsewhere is never followed. */
function follow(given: unknown, { root }: Place): Schema {
  let schema = given;
  for (let steps = 0; steps < maxDepth && isObject(schema) && typeof schema["$ref"] === "string"; steps += 1) {
    const { $ref: reference, ...beside } = schema;
    const target = String(reference).startsWith("#/") ? String(reference).slice(2).split("/").reduce<unknown>((from, step) => (isObject(from) ? from[step.replaceAll("~1", "/").replaceAll("~0", "~")] : undefined), root) : undefined;
    if (!isObject(target)) return {};
    schema = { ...target, ...beside };
  }
  return isObject(schema) && schema["$ref"] === undefined ? schema : {};
}

/** `null` is what leaving a field empty means, so a form needs no word for it. */
function withoutNull(schema: Schema): Schema {
  const type = schema["type"];
  if (Array.isArray(type)) {
    const others = type.filter((each) => each !== "null");
    return { ...schema, type: others.length === 1 ? (others[0] as unknown) : undefined };
  }
  const options = schema["anyOf"] ?? schema["oneOf"];
  if (!Array.isArray(options)) return schema;
  const others = options.filter((option) => !(isObject(option) && option["type"] === "null"));
  if (others.length !== 1 || others.length === options.length || !isObject(others[0])) return schema;
  const { anyOf: _any, oneOf: _one, ...beside } = schema;
  return { ...others[0], ...beside };
}

interface Limit {
  readonly least: string;
  readonly most: string;
  readonly measure: (value: unknown) => number | undefined;
  readonly said: (bounds: string, many: boolean) => string;
}

const limitKinds: readonly Limit[] = [
  { least: "minimum", most: "maximum", measure: (value) => (typeof value === "number" ? value : undefined), said: (bounds) => bounds },
  { least: "minLength", most: "maxLength", measure: (value) => (typeof value === "string" ? [...value].length : undefined), said: (bounds, many) => `${bounds} ${many ? "characters" : "character"}` },
  { least: "minItems", most: "maxItems", measure: (value) => (Array.isArray(value) ? value.length : undefined), said: (bounds, many) => `${bounds} ${many ? "items" : "item"}` },
];

/** `3 to 40 characters`, `at least 1 item`, `more than 0`. */
function limitsOf(schema: Schema): Pick<Described, "limits" | "check"> {
  const checks = limitKinds.flatMap(({ least, most, measure, said }) => {
    const [low, high] = [number(schema[least]), number(schema[most])];
    if (Number.isNaN(low) && Number.isNaN(high)) return [];
    const bounds = Number.isNaN(high) ? `at least ${String(low)}` : Number.isNaN(low) ? `at most ${String(high)}` : low === high ? `exactly ${String(low)}` : `${String(low)} to ${String(high)}`;
    return [{ said: said(bounds, (Number.isNaN(high) ? low : high) !== 1), breaks: (value: unknown) => { const size = measure(value); return size !== undefined && (size < low || size > high); } }];
  });
  const [above, below] = [number(schema["exclusiveMinimum"]), number(schema["exclusiveMaximum"])];
  if (!Number.isNaN(above)) checks.push({ said: `more than ${String(above)}`, breaks: (value) => typeof value === "number" && value <= above });
  if (!Number.isNaN(below)) checks.push({ said: `less than ${String(below)}`, breaks: (value) => typeof value === "number" && value >= below });
  return { limits: checks.map(({ said }) => said), check: (value) => checks.find(({ breaks }) => breaks(value))?.said };
}

export function isObject(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function words(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

function number(value: unknown): number {
  return typeof value === "number" ? value : Number.NaN;
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
