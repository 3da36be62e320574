import type { Infer, Problems, Read, Schema } from "../../config/schema.ts";

/** What an HTTP API needs beyond the schemas of the configuration: parts with names, closed objects, unions. JSON Schema 2020-12, as OpenAPI 3.1 has it. */

/** A schema that the document shows once, under `components`. */
export interface Component<T> extends Schema<T> {
  readonly component: string;
  /** In full, where `json()` only refers to it. */
  full(): Readonly<Record<string, unknown>>;
}

export function component<T>(name: string, schema: Schema<T>): Component<T> {
  return { component: name, read: schema.read, optional: false, json: () => ({ $ref: `#/components/schemas/${name}` }), full: () => schema.json() };
}

/** With words for whoever reads the document. */
export function described<T>(description: string, schema: Schema<T>): Schema<T> {
  return { ...schema, json: () => ({ ...schema.json(), description }) };
}

/** An object that has no other keys than those of its schema. */
export function closed<T>(schema: Schema<T>): Schema<T> {
  const read = (value: unknown): Read<T> => {
    const known = Object.keys((schema.json()["properties"] ?? {}) as object);
    const other = typeof value === "object" && value !== null ? Object.keys(value).find((key) => !known.includes(key)) : undefined;
    return other === undefined ? schema.read(value) : { problems: [{ path: [other], problem: "is not known here" }] };
  };
  return { read, optional: schema.optional, json: () => ({ ...schema.json(), additionalProperties: false }) };
}

/** The first that fits; else the problems of the last. */
export function union<const S extends readonly [Schema<unknown>, ...Schema<unknown>[]]>(schemas: S): Schema<Infer<S[number]>> {
  const read = (value: unknown): Read<Infer<S[number]>> => {
    let problems: Problems = [{ path: [], problem: "fits nothing" }];
    for (const schema of schemas) {
      const tried = schema.read(value);
      if (tried.problems === undefined) return tried as Read<Infer<S[number]>>;
      problems = tried.problems;
    }
    return { problems };
  };
  return { read, optional: false, json: () => ({ anyOf: schemas.map((schema) => schema.json()) }) };
}

export function nullable<T>(schema: Schema<T>): Schema<T | null> {
  return { read: (value) => (value === null ? { value } : schema.read(value)), optional: false, json: () => ({ anyOf: [schema.json(), { type: "null" }] }) };
}

/** Any object, as it came; `json` says more of it where more is known. */
export function anyObject(expectation = "an object", json: () => Readonly<Record<string, unknown>> = () => ({ type: "object" })): Schema<Readonly<Record<string, unknown>>> {
  const read = (value: unknown): Read<Readonly<Record<string, unknown>>> =>
    typeof value === "object" && value !== null && !Array.isArray(value) ? { value: value as Readonly<Record<string, unknown>> } : { problems: [{ path: [], problem: value === undefined ? `is missing: it must be ${expectation}` : `must be ${expectation}` }] };
  return { read, optional: false, json };
}

/** Instants: milliseconds since the epoch. */
export function instant(): Schema<number> {
  return described("milliseconds since the epoch", { read: (value) => (typeof value === "number" ? { value } : { problems: [{ path: [], problem: "must be a number" }] }), optional: false, json: () => ({ type: "number" }) });
}
