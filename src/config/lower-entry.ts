export type RawObject = Readonly<Record<string, unknown>>;

export interface LoweredEntry {
  /** In the words of the first shape: camelCase, `enabled`. */
  readonly value: Record<string, unknown>;
  /** Keys that stand there in both spellings; the first shape's won. As `oauth.client_id`, say. */
  readonly doubled: readonly string[];
}

/** Reads both of OpenCode's spellings (`clientId` and `client_id`, `enabled` and `disabled`) as one. Keys of headers and the like stay. */
export function lowerEntry(raw: RawObject): LoweredEntry {
  const entry = lowerKeys(raw, "");
  const oauth = isRawObject(entry.value["oauth"]) ? lowerKeys(entry.value["oauth"], "oauth.") : undefined;
  const { disabled, ...rest } = entry.value;
  const value: Record<string, unknown> = oauth === undefined ? rest : { ...rest, oauth: oauth.value };
  const both = disabled !== undefined && value["enabled"] !== undefined;
  if (disabled !== undefined && !both) value["enabled"] = typeof disabled === "boolean" ? !disabled : disabled;
  return { value, doubled: [...entry.doubled, ...(oauth?.doubled ?? []), ...(both ? ["disabled"] : [])] };
}

/** The spellings under which a key of the first shape may stand in a file. */
export function spellings(key: string): readonly string[] {
  const snake = snakeCase(key);
  return [key, ...(snake === key ? [] : [snake]), ...(key === "enabled" ? ["disabled"] : [])];
}

export function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export function isRawObject(value: unknown): value is RawObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function lowerKeys(raw: RawObject, prefix: string): LoweredEntry {
  const value: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  const doubled: string[] = [];
  for (const [key, item] of Object.entries(raw)) {
    const camel = key.replace(/(?<=[a-z])_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const isDoubled = camel !== key && Object.hasOwn(raw, camel);
    if (isDoubled) doubled.push(prefix + key);
    else value[camel] = item;
  }
  return { value, doubled };
}
