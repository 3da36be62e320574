/**
 * A schema small enough to cost nothing at start-up: it reads a value, types it, and says itself as JSON Schema. See docs/decisions/007-own-config-schema.md.
 * Every message completes the sentence "<field> …" and never repeats a value.
 */
export interface Schema<T> {
  /** A copy with the known keys only, or everything that is wrong. Never throws. */
  read(value: unknown): Read<T>;
  /** Draft 7. */
  json(): Readonly<Record<string, unknown>>;
  readonly optional: boolean;
}

export type Read<T> = { readonly value: T; readonly problems?: undefined } | { readonly problems: Problems };
export type Problems = readonly [Problem, ...Problem[]];
export type FieldPath = readonly (string | number)[];

export interface Problem {
  readonly path: FieldPath;
  readonly problem: string;
  readonly hint?: string | undefined;
}

export type Shape = Readonly<Record<string, Schema<unknown>>>;
export type Infer<S> = S extends Schema<infer T> ? T : never;
type OptionalKeys<S extends Shape> = { [K in keyof S]: undefined extends Infer<S[K]> ? K : never }[keyof S];
export type InferShape<S extends Shape> = { readonly [K in Exclude<keyof S, OptionalKeys<S>>]: Infer<S[K]> } & { readonly [K in OptionalKeys<S>]?: Infer<S[K]> };

/** One more thing that must hold; `path` of a problem is below the value. */
export type Rule<T> = (value: T) => string | Problems | undefined;

export function string(expectation: string, rules: readonly Rule<string>[] = [], json: object = {}): Schema<string> {
  return plain((value) => typeof value === "string", expectation, rules, { ...json, type: "string" });
}

export function boolean(): Schema<boolean> {
  return plain((value) => typeof value === "boolean", "true or false", [], { type: "boolean" });
}

export function whole(minimum: number, maximum: number, expectation: string): Schema<number> {
  return plain((value): value is number => Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum, expectation, [], { type: "integer", minimum, maximum });
}

export function literal<const T extends string | boolean>(only: T, expectation: string): Schema<T> {
  return plain((value): value is T => value === only, expectation, [], { type: typeof only, const: only });
}

export function oneOf<const T extends readonly [string, ...string[]]>(values: T): Schema<T[number]> {
  const isOne = (value: unknown): value is T[number] => typeof value === "string" && values.includes(value);
  return plain(isOne, `one of ${values.map((value) => `"${value}"`).join(", ")}`, [], { type: "string", enum: values });
}

export function optional<T>(schema: Schema<T>): Schema<T | undefined> {
  return { read: (value) => (value === undefined ? { value: undefined } : schema.read(value)), json: () => schema.json(), optional: true };
}

export function list<T>(item: Schema<T>, expectation: string, rules: readonly Rule<readonly T[]>[] = [], json: object = {}): Schema<readonly T[]> {
  return composed(expectation, rules, { ...json, type: "array" }, (value) => (Array.isArray(value) ? value.map((member, index) => [index, item.read(member)]) : undefined), (members) => members.map(([, member]) => member), { items: item });
}

/** An object whose keys are free. */
export function record<T>(item: Schema<T>, expectation: string, rules: readonly Rule<Readonly<Record<string, T>>>[] = []): Schema<Readonly<Record<string, T>>> {
  const parts = (value: unknown): Parts<T> | undefined => (isObject(value) ? Object.entries(value).map(([key, member]) => [key, item.read(member)]) : undefined);
  return composed(expectation, rules, { type: "object", propertyNames: { type: "string" } }, parts, Object.fromEntries, { additionalProperties: item });
}

/** An object of these keys; others are left out. */
export function object<S extends Shape>(shape: S, expectation = "an object"): Schema<InferShape<S>> {
  const keys = Object.entries(shape);
  const parts = (value: unknown): Parts<unknown> | undefined => (isObject(value) ? keys.map(([key, schema]) => [key, schema.read(value[key])]) : undefined);
  const make = (members: readonly (readonly [string | number, unknown])[]): InferShape<S> => Object.fromEntries(members.filter(([, member]) => member !== undefined)) as InferShape<S>;
  const { read } = composed(expectation, [], {}, parts, make, {});
  const required = keys.filter(([, schema]) => !schema.optional).map(([key]) => key);
  const json = (): object => ({ type: "object", properties: Object.fromEntries(keys.map(([key, schema]) => [key, schema.json()])), ...(required.length === 0 ? {} : { required }) });
  return { read, json: () => json() as Readonly<Record<string, unknown>>, optional: false };
}

/** The first alternative that fits; else the problems of the one that was meant, which is the one that went wrong further in. */
export function either<A, B>(first: Schema<A>, second: Schema<B>, expectation: string): Schema<A | B> {
  const read = (value: unknown): Read<A | B> => {
    const tried = [first.read(value), second.read(value)];
    const fitting = tried.find(({ problems }) => problems === undefined);
    if (fitting !== undefined) return fitting;
    const further = tried.flatMap(({ problems = [] }) => problems.filter(({ path }) => path.length > 0));
    const [meant, ...others] = further;
    return { problems: meant === undefined ? must(value, expectation) : [meant, ...others] };
  };
  return { read, json: () => ({ anyOf: [first.json(), second.json()] }), optional: false };
}

function plain<T>(fits: (value: unknown) => value is T, expectation: string, rules: readonly Rule<T>[], json: object): Schema<T> {
  return { read: (value) => (fits(value) ? judged(value, rules) : { problems: must(value, expectation) }), json: () => ({ ...json }), optional: false };
}

type Parts<T> = readonly (readonly [string | number, Read<T>])[];

function composed<T, Whole>(expectation: string, rules: readonly Rule<Whole>[], json: object, parts: (value: unknown) => Parts<T> | undefined, make: (members: readonly (readonly [string | number, T])[]) => Whole, inner: Readonly<Record<string, Schema<T>>>): Schema<Whole> {
  const read = (value: unknown): Read<Whole> => {
    const members = parts(value);
    if (members === undefined) return { problems: must(value, expectation) };
    const [first, ...others] = members.flatMap(([key, { problems = [] }]) => problems.map((problem) => ({ ...problem, path: [key, ...problem.path] })));
    if (first !== undefined) return { problems: [first, ...others] };
    return judged(make(members.map(([key, member]) => [key, (member as { value: T }).value])), rules);
  };
  return { read, json: () => ({ ...json, ...Object.fromEntries(Object.entries(inner).map(([key, schema]) => [key, schema.json()])) }), optional: false };
}

function judged<T>(value: T, rules: readonly Rule<T>[]): Read<T> {
  for (const rule of rules) {
    const wrong = rule(value);
    if (wrong !== undefined) return { problems: typeof wrong === "string" ? must(value, wrong) : wrong };
  }
  return { value };
}

function must(value: unknown, expectation: string): Problems {
  return [{ path: [], problem: value === undefined ? `is missing: it must be ${expectation}` : `must be ${expectation}` }];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
