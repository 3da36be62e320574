/** A JSON schema as far as the command line looks into it. */
export type Schema = Readonly<Record<string, unknown>>;

export function asSchema(value: unknown): Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Schema) : {};
}

/** The names that the schema says must be there. */
export function requiredNames(schema: Schema): readonly string[] {
  const { required } = schema;
  return Array.isArray(required) ? required.filter((name): name is string => typeof name === "string") : [];
}

/** The types a schema allows; empty when it does not say. */
export function typesOf(schema: Schema): readonly string[] {
  const { type } = schema;
  return Array.isArray(type) ? type.filter((name): name is string => typeof name === "string") : typeof type === "string" ? [type] : [];
}

/** `(query, limit?)`: a tool's arguments at a glance. */
export function signatureWords(schema: unknown): string {
  const required = requiredNames(asSchema(schema));
  const names = Object.keys(asSchema(asSchema(schema)["properties"]));
  return `(${names.map((name) => (required.includes(name) ? name : `${name}?`)).join(", ")})`;
}
