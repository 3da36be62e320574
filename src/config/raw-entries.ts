import type { Node } from "jsonc-parser";

import type { Source } from "./configuration.ts";
import { type ParsedFile, configInvalid, findProperty, positionAt, properties, valueOf } from "./jsonc-text.ts";
import { isRawObject, spellings } from "./lower-entry.ts";
import { fieldName, quoted } from "./quoted.ts";

/** One server entry as it stands in its file: nothing is checked or expanded yet. */
export interface RawEntry {
  readonly name: string;
  readonly file: ParsedFile;
  readonly source: Source;
  /** `["mcp", name]`, or `["mcp", "servers", name]` in the second shape. */
  readonly path: readonly string[];
  readonly node: Node;
  readonly value: unknown;
}

export interface RawEntries {
  readonly entries: readonly RawEntry[];
  readonly warnings: readonly string[];
}

/** Every entry of a file, of both shapes, but for those whose name a command line could not say. A name that stands in both keeps the first shape's entry. @throws McpassError `config_invalid` */
export function rawEntries(file: ParsedFile): RawEntries {
  const mcp = findProperty(file.root, "mcp")?.value;
  if (mcp === undefined) return { entries: [], warnings: foreignShapeWarnings(file) };
  if (mcp.type !== "object") throw configInvalid(file, mcp.offset, '"mcp" must be an object of servers by name');
  const map = serversMap(file);
  const first = properties(mcp).filter(({ key, value }) => !(key.value === "servers" && value === map) && !(key.value === "timeout" && !isEntry(value)));
  const found = new Map<string, RawEntry>();
  const warnings: string[] = [];
  const add = (entry: RawEntry, replaces: boolean) => {
    if (looksLikeOption(entry.name)) return void warnings.push(`${entry.source.file}:${entry.source.line}: the server ${quoted(entry.name)} is left out: every command would read such a name as an option; give it one that does not start with -`);
    if (found.has(entry.name)) warnings.push(`${entry.source.file}:${entry.source.line}: ${fieldName(entry.path)} stands there twice; ${replaces ? "the last one counts" : "the one outside \"servers\" counts"}`);
    if (replaces || !found.has(entry.name)) found.set(entry.name, entry);
  };
  for (const property of first) add(rawEntry(file, ["mcp"], property), true);
  const second = new Map(properties(map).map((property) => [property.key.value as string, property]));
  for (const property of second.values()) add(rawEntry(file, ["mcp", "servers"], property), false);
  return { entries: [...found.values()], warnings };
}

/** Such a name is no server's: in a command that is shown to be typed it would be a flag, and a project could choose which. */
export function looksLikeOption(name: string): boolean {
  return name.startsWith("-");
}

/** The map `mcp.servers` of the second shape; undefined where there is none, or where "servers" is a server's name. */
export function serversMap(file: ParsedFile): Node | undefined {
  const servers = findProperty(findProperty(file.root, "mcp")?.value, "servers")?.value;
  return servers?.type === "object" && !isEntry(servers) ? servers : undefined;
}

/** What `mcp.timeout` of the second shape and OpenCode's `experimental.mcp_timeout` say for entries without `timeout`. */
export function defaultTimeoutValues(file: ParsedFile): { readonly timeout: unknown; readonly requestMs: unknown } {
  const timeout = findProperty(findProperty(file.root, "mcp")?.value, "timeout")?.value;
  const experimental = findProperty(findProperty(file.root, "experimental")?.value, "mcp_timeout")?.value;
  return { timeout: timeout === undefined || isEntry(timeout) ? undefined : valueOf(timeout), requestMs: valueOf(experimental) };
}

/** Where a field of an entry stands and what it is called there; the nearest parent's place when the field is missing. */
export function locate(entry: RawEntry, path: readonly (string | number)[]): { readonly line: number; readonly column: number; readonly field: string } {
  let node: Node | undefined = entry.node;
  let offset = node.offset;
  const written = path.map((segment) => {
    const step: { readonly name: string | number; readonly at: number; readonly node: Node } | undefined = descend(node, segment);
    node = step?.node;
    offset = step?.at ?? offset;
    return step?.name ?? segment;
  });
  return { ...positionAt(entry.file.text, offset), field: fieldName([...entry.path, ...written]) };
}

function descend(node: Node | undefined, segment: string | number): { name: string | number; at: number; node: Node } | undefined {
  if (typeof segment === "number") {
    const item = node?.type === "array" ? node.children?.[segment] : undefined;
    return item && { name: segment, at: item.offset, node: item };
  }
  for (const name of spellings(segment)) {
    const property = findProperty(node, name);
    if (property !== undefined) return { name, at: property.value.offset, node: property.value };
  }
  return undefined;
}

function rawEntry(file: ParsedFile, parent: readonly string[], { key, value }: { readonly key: Node; readonly value: Node }): RawEntry {
  const name = key.value as string;
  const { line, column } = positionAt(file.text, key.offset);
  return { name, file, source: { file: file.path, line, column, layer: file.layer }, path: [...parent, name], node: value, value: valueOf(value) };
}

/** Tells an entry (or an override stub) from a map of entries: in a map these keys would be servers' names, and so hold objects. */
function isEntry(node: Node): boolean {
  return ["type", "url", "command", "enabled", "disabled"].some((key) => {
    const value = findProperty(node, key)?.value;
    return value !== undefined && value.type !== "object";
  });
}

function foreignShapeWarnings(file: ParsedFile): readonly string[] {
  const foreign = findProperty(file.root, "mcpServers");
  if (foreign === undefined || !isRawObject(valueOf(foreign.value))) return [];
  const { line } = positionAt(file.text, foreign.key.offset);
  return [`${file.path}:${line}: "mcpServers" is another program's shape and is not read: servers stand under "mcp", each with a "type"`];
}
