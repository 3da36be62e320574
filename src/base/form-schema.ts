/** A JSON Schema of somebody else, read for a form. What a form cannot say is for whoever makes one to leave to JSON. */
export type FormSchema = Readonly<Record<string, unknown>>;

export interface Choice {
  readonly kind: "choice";
  readonly values: readonly unknown[];
  readonly titles: readonly string[];
}

/** `at least 1`, `3 to 40 characters`; and whether a value breaks it. */
export interface Limit {
  readonly said: string;
  readonly breaks: (value: unknown) => boolean;
}

/** A schema by a hostile server may lead in circles. */
const mostSteps = 6;

/** A part of `root` as a form sees it: references followed, and without null, for which an empty field stands. */
export function formSchema(given: unknown, root: FormSchema): FormSchema {
  return withoutNull(follow(given, root));
}

/** To where `$ref` points in this document; a reference elsewhere is never followed. */
function follow(given: unknown, root: FormSchema): FormSchema {
  let schema = asSchema(given);
  for (let steps = 0; steps < mostSteps && typeof schema["$ref"] === "string"; steps += 1) {
    const { $ref: reference, ...beside } = schema;
    const names = String(reference).startsWith("#/") ? String(reference).slice(2).split("/") : ["nowhere"];
    schema = { ...names.map(unescaped).reduce<FormSchema>((from, name) => asSchema(Object.hasOwn(from, name) ? from[name] : undefined), root), ...beside };
  }
  return schema["$ref"] === undefined ? schema : {};
}

/** RFC 6901 §4 */
function unescaped(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}

function withoutNull(schema: FormSchema): FormSchema {
  const { type } = schema;
  const types = Array.isArray(type) ? type.filter((each) => each !== "null") : [type];
  const plainly: FormSchema = Array.isArray(type) ? { ...schema, type: types.length === 1 ? (types[0] as unknown) : undefined } : schema;
  const options: unknown = schema["anyOf"] ?? schema["oneOf"];
  const others = Array.isArray(options) ? options.filter((option) => asSchema(option)["type"] !== "null") : [];
  if (!Array.isArray(options) || others.length !== 1 || options.length === 1) return plainly;
  const { anyOf: _any, oneOf: _one, ...beside } = plainly;
  return { ...asSchema(others[0]), ...beside };
}

/** One of some values; undefined: it is something else. */
export function choiceOf(schema: FormSchema): Choice | undefined {
  if ("const" in schema) return { kind: "choice", values: [schema["const"]], titles: [shown(schema["const"])] };
  if (Array.isArray(schema["enum"]) && schema["enum"].length > 0) return { kind: "choice", values: schema["enum"], titles: schema["enum"].map(shown) };
  const options: unknown = schema["oneOf"] ?? schema["anyOf"];
  if (!Array.isArray(options) || options.length === 0 || !options.every((option) => "const" in asSchema(option))) return undefined;
  const each = options.map(asSchema);
  return { kind: "choice", values: each.map((option) => option["const"]), titles: each.map((option) => wordsOf(option["title"]) ?? shown(option["const"])) };
}

/** The members of an object by name, those that are required first. */
export function membersOf(schema: FormSchema): readonly { readonly name: string; readonly schema: unknown; readonly required: boolean }[] {
  const required = new Set(Array.isArray(schema["required"]) ? (schema["required"] as unknown[]) : []);
  const members = Object.entries(asSchema(schema["properties"])).map(([name, value]) => ({ name, schema: value, required: required.has(name) }));
  return [...members.filter((member) => member.required), ...members.filter((member) => !member.required)];
}

interface Measure {
  readonly least: string;
  readonly most: string;
  readonly unit: string;
  readonly sizeOf: (value: unknown) => number | undefined;
}

const numberOf = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);

const measures: readonly Measure[] = [
  { least: "minimum", most: "maximum", unit: "", sizeOf: numberOf },
  { least: "minLength", most: "maxLength", unit: " character", sizeOf: (value) => (typeof value === "string" ? [...value].length : undefined) },
  { least: "minItems", most: "maxItems", unit: " item", sizeOf: (value) => (Array.isArray(value) ? value.length : undefined) },
];

export function limitsOf(schema: FormSchema): readonly Limit[] {
  const [above, below] = [numberOf(schema["exclusiveMinimum"]), numberOf(schema["exclusiveMaximum"])];
  return [
    ...measures.flatMap((measure) => boundsOf(schema, measure)),
    ...(above === undefined ? [] : [{ said: `more than ${String(above)}`, breaks: (value: unknown) => typeof value === "number" && value <= above }]),
    ...(below === undefined ? [] : [{ said: `less than ${String(below)}`, breaks: (value: unknown) => typeof value === "number" && value >= below }]),
  ];
}

function boundsOf(schema: FormSchema, { least, most, unit, sizeOf }: Measure): readonly Limit[] {
  const [low, high] = [numberOf(schema[least]), numberOf(schema[most])];
  if (low === undefined && high === undefined) return [];
  const said = high === undefined ? `at least ${String(low)}` : low === undefined ? `at most ${String(high)}` : low === high ? `exactly ${String(low)}` : `${String(low)} to ${String(high)}`;
  const breaks = (value: unknown): boolean => {
    const size = sizeOf(value);
    return size !== undefined && (size < (low ?? -Infinity) || size > (high ?? Infinity));
  };
  return [{ said: `${said}${unit}${unit === "" || (high ?? low) === 1 ? "" : "s"}`, breaks }];
}

/** The object, or an empty one for anything else. */
export function asSchema(value: unknown): FormSchema {
  return isObject(value) ? value : {};
}

export function isObject(value: unknown): value is FormSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** undefined for what is no text, or an empty one. */
export function wordsOf(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
