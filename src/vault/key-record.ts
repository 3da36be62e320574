import { type Sealed, keyIdOf, seal, unseal } from "./sealing.ts";
import { type Check, list, Misfit, number, object, oneOf, optional, text, truth, fieldsOf } from "./shape.ts";

export const format = "mcpass-vault";
export const schema = 2;

/** Where the key that wraps the vault's own keys comes from. */
export type KeySource =
  /** A 0600 file of this name beside the vault: it protects copies and backups that do not hold it, nothing else. */
  | { readonly kind: "file"; readonly name: string }
  /** An item of the system's keychain. */
  | { readonly kind: "keychain"; readonly item: string }
  /** `MCPASS_KEY`; `salt` (base64): it is a passphrase. */
  | { readonly kind: "environment"; readonly salt?: string | undefined };

export type KeySourceKind = KeySource["kind"];

export interface WrappedKey extends Sealed {
  readonly id: string;
}

/** Which keys the vault is sealed with, themselves sealed. One per vault, replaced whole. */
export interface KeyRecord {
  readonly source: KeySource;
  /** The first seals; the others are retired and only open what was sealed before. */
  readonly keys: readonly [WrappedKey, ...(readonly WrappedKey[])];
  readonly createdAt: number;
  /** Records of schema 1, which are not sealed, are still to be sealed; else there are none. */
  readonly plain?: boolean | undefined;
}

/** Keeps the key record: a small text. `update` is exclusive across processes. */
export interface KeyRecordPlace {
  read(): Promise<string | undefined>;
  update(change: (current: string | undefined) => Promise<string | "keep">): Promise<string | undefined>;
}

export function wrapKey(wrapping: Uint8Array, key: Uint8Array): WrappedKey {
  const id = keyIdOf(key);
  return { id, ...seal(wrapping, key, associatedOf(id)) };
}

/** undefined: `wrapping` is not the key it was wrapped with, or it was changed. */
export function unwrapKey(wrapping: Uint8Array, wrapped: WrappedKey): Uint8Array | undefined {
  return unseal(wrapping, wrapped, associatedOf(wrapped.id));
}

function associatedOf(id: string): string {
  return JSON.stringify([format, schema, "key", id]);
}

const wrappedKey: Check<WrappedKey> = object<WrappedKey>({ id: text, nonce: text, data: text });

const sources: Readonly<Record<string, Check<KeySource>>> = {
  file: object<Extract<KeySource, { kind: "file" }>>({ kind: oneOf("file"), name: text }),
  keychain: object<Extract<KeySource, { kind: "keychain" }>>({ kind: oneOf("keychain"), item: text }),
  environment: object<Extract<KeySource, { kind: "environment" }>>({ kind: oneOf("environment"), salt: optional(text) }, ["salt"]),
};

const source: Check<KeySource> = (value, path) => {
  const { kind } = fieldsOf(value, path);
  const check = typeof kind === "string" && Object.hasOwn(sources, kind) ? sources[kind] : undefined;
  if (check === undefined) throw new Misfit(`${path}.kind is not file, keychain or environment`);
  return check(value, path);
};

const keys = list(wrappedKey);
const someKeys: Check<KeyRecord["keys"]> = (value, path) => {
  const [current, ...retired] = keys(value, path);
  if (current === undefined) throw new Misfit(`${path} is empty`);
  return [current, ...retired];
};

const keyRecord: Check<KeyRecord> = object<KeyRecord>({ source, keys: someKeys, createdAt: number, plain: optional(truth) }, ["plain"]);

export function writeKeyRecord(record: KeyRecord): string {
  return `${JSON.stringify({ format, schema, ...record }, undefined, 2)}\n`;
}

/** Throws `Misfit`. */
export function readKeyRecord(stored: string): KeyRecord {
  return keyRecord(parseStored(stored), "");
}

/** JSON of this format and schema. Throws `Misfit`. */
export function parseStored(stored: string): Record<string, unknown> {
  return requireFormat(fieldsOf(parseJson(stored), ""));
}

/** Throws `Misfit`. */
export function requireFormat(fields: Record<string, unknown>): Record<string, unknown> {
  if (typeof fields["schema"] === "number" && fields["schema"] > schema) throw new Misfit(`a newer mcpass wrote it (schema ${fields["schema"]}; this one knows ${schema})`, true);
  if (fields["format"] !== format || fields["schema"] !== schema) throw new Misfit(`it is not of the format ${format}, schema ${schema}`);
  return fields;
}

export function parseJson(stored: string): unknown {
  try {
    return JSON.parse(stored);
  } catch {
    throw new Misfit(stored.trim() === "" ? "it is empty" : "it is not JSON");
  }
}
