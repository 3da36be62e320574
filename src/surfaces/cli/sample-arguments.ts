import { asSchema, requiredNames, type Schema, typesOf } from "./schema-words.ts";

const deepest = 8;

/**
 * Arguments that a tool's input schema accepts, as far as a simple look at it can tell: what is required, and what has a default.
 * Never throws; a schema that cannot be satisfied gives something the server will refuse.
 */
export function sampleArguments(inputSchema: unknown): Record<string, unknown> {
  const root = asSchema(inputSchema);
  const sample = sampleValue(root, root, 0);
  return typeof sample === "object" && sample !== null && !Array.isArray(sample) ? (sample as Record<string, unknown>) : {};
}

function sampleValue(given: Schema, root: Schema, depth: number): unknown {
  const schema = flatten(given, root, depth);
  if ("default" in schema) return schema["default"];
  if ("const" in schema) return schema["const"];
  for (const list of [schema["enum"], schema["examples"]]) if (Array.isArray(list) && list.length > 0) return list[0];
  const type = typesOf(schema).find((name) => name !== "null") ?? impliedType(schema);
  if (type === "object") return sampleObject(schema, root, depth);
  if (type === "array") return sampleArray(schema, root, depth);
  if (type === "number" || type === "integer") return sampleNumber(schema, type === "integer");
  if (type === "boolean") return true;
  return type === "string" ? sampleText(schema) : null;
}

function impliedType(schema: Schema): string {
  if (typesOf(schema).includes("null")) return "null";
  if ("properties" in schema || "required" in schema) return "object";
  if ("items" in schema) return "array";
  return "minimum" in schema || "maximum" in schema ? "number" : "string";
}

/** References within the schema followed, the first of alternatives taken, all of `allOf` put together. */
function flatten(schema: Schema, root: Schema, depth: number): Schema {
  if (depth > deepest) return {};
  const { $ref, allOf, anyOf, oneOf, ...own } = schema;
  const parts = [
    ...(typeof $ref === "string" ? [followReference($ref, root)] : []),
    ...(Array.isArray(allOf) ? allOf : []),
    ...[anyOf, oneOf].flatMap((choices) => (Array.isArray(choices) ? choices.filter((choice) => !typesOf(asSchema(choice)).includes("null")).slice(0, 1) : [])),
  ];
  return parts.map((part) => flatten(asSchema(part), root, depth + 1)).reduce(merge, own);
}

function merge(left: Schema, right: Schema): Schema {
  const properties = { ...asSchema(right["properties"]), ...asSchema(left["properties"]) };
  const required = [...new Set([...requiredNames(left), ...requiredNames(right)])];
  return { ...right, ...left, ...(Object.keys(properties).length === 0 ? {} : { properties }), ...(required.length === 0 ? {} : { required }) };
}

/** RFC 6901, for references into the schema itself. */
function followReference(reference: string, root: Schema): Schema {
  if (!reference.startsWith("#")) return {};
  const names = decodeURIComponent(reference.slice(1)).split("/").slice(1).map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
  return names.reduce<Schema>((place, name) => asSchema(place[name]), root);
}

function sampleObject(schema: Schema, root: Schema, depth: number): Record<string, unknown> {
  const required = requiredNames(schema);
  const properties = Object.entries(asSchema(schema["properties"])).map(([name, property]) => [name, asSchema(property)] as const);
  const wanted = properties.filter(([name, property]) => required.includes(name) || "default" in property);
  const unnamed = required.filter((name) => !properties.some(([known]) => known === name)).map((name) => [name, {}] as const);
  return depth > deepest ? {} : Object.fromEntries([...wanted, ...unnamed].map(([name, property]) => [name, sampleValue(property, root, depth + 1)]));
}

function sampleArray(schema: Schema, root: Schema, depth: number): readonly unknown[] {
  const first = Array.isArray(schema["prefixItems"]) ? schema["prefixItems"].map((item) => sampleValue(asSchema(item), root, depth + 1)) : [];
  const missing = Math.min(20, Math.max(0, numberOf(schema["minItems"], 0) - first.length));
  return [...first, ...Array.from({ length: missing }, () => sampleValue(asSchema(schema["items"]), root, depth + 1))];
}

function sampleNumber(schema: Schema, whole: boolean): number {
  const above = numberOf(schema["exclusiveMinimum"], -Infinity);
  const below = numberOf(schema["exclusiveMaximum"], Infinity);
  const step = numberOf(schema["multipleOf"], whole ? 1 : 0);
  const least = Math.max(numberOf(schema["minimum"], -Infinity), whole || step > 0 ? above + (step || 1) : above === -Infinity ? above : above + gap(above, below));
  const most = Math.min(numberOf(schema["maximum"], Infinity), whole || step > 0 ? below - (step || 1) : below === Infinity ? below : below - gap(above, below));
  const value = Math.min(Math.max(step > 0 ? step : 1, least), most);
  return step > 0 ? Math.ceil(value / step) * step : value;
}

function gap(above: number, below: number): number {
  return Math.min(1, (below - above) / 2);
}

const textByFormat: Readonly<Record<string, string>> = {
  email: "person@example.com",
  uri: "https://example.com/",
  url: "https://example.com/",
  date: "2026-01-31",
  time: "12:00:00Z",
  "date-time": "2026-01-31T12:00:00Z",
  uuid: "123e4567-e89b-42d3-a456-426614174000",
  hostname: "example.com",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
};

function sampleText(schema: Schema): string {
  const { format } = schema;
  const text = (typeof format === "string" ? textByFormat[format] : undefined) ?? "example";
  const shortest = Math.min(1000, numberOf(schema["minLength"], 0));
  return text.padEnd(shortest, "x").slice(0, numberOf(schema["maxLength"], Infinity));
}

function numberOf(value: unknown, otherwise: number): number {
  return typeof value === "number" && Number.isFinite(value) ? value : otherwise;
}
