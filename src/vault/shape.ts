/** Reading stored JSON narrowly, by hand because every command that reads the vault pays for it. A check gives the value or throws `Misfit`. */
export type Check<T> = (value: unknown, path: string) => T;
export type Checks<T> = { readonly [K in keyof T]-?: Check<T[K]> };

/** What is wrong: a phrase that names fields and kinds, never what stands in them. */
export class Misfit extends Error {
  /** A later version of mcpass wrote it. */
  readonly newer: boolean;
  constructor(message: string, newer = false) {
    super(message);
    this.newer = newer;
  }
}

export const text = ofType("string", "a text");
export const number = ofType("number", "a number");
export const truth = ofType("boolean", "true or false");

/** Unknown fields are left out. `rare`: left out where they are absent, instead of being undefined. */
export function object<T>(checks: Checks<T>, rare: readonly (keyof T)[] = []): Check<T> {
  const names = Object.keys(checks) as (keyof T & string)[];
  return (value, path) => {
    const fields = fieldsOf(value, path);
    const read = names.map((name) => [name, checks[name](fields[name], path === "" ? name : `${path}.${name}`)] as const);
    return Object.fromEntries(read.filter(([name, found]) => found !== undefined || !rare.includes(name))) as T;
  };
}

export function fieldsOf(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Misfit(`${path === "" ? "it" : path} is not an object`);
  return value as Record<string, unknown>;
}

export function list<T>(check: Check<T>): Check<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new Misfit(`${path} is not a list`);
    return value.map((item, index) => check(item, `${path}[${index}]`));
  };
}

/** JSON has no `undefined`: absent and null are both read as it, so a number that was not one costs no sign-in. */
export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, path) => (value === undefined || value === null ? undefined : check(value, path));
}

export function oneOf<const T extends string | number>(...values: readonly T[]): Check<T> {
  return (value, path) => values.find((known) => known === value) ?? misfit(`${path} is not ${values.join(" or ")}`);
}

function ofType<N extends keyof Types>(type: N, words: string): Check<Types[N]> {
  return (value, path) => (typeof value === type ? (value as Types[N]) : misfit(`${path} is not ${words}`));
}

interface Types {
  readonly string: string;
  readonly number: number;
  readonly boolean: boolean;
}

function misfit(message: string): never {
  throw new Misfit(message);
}
