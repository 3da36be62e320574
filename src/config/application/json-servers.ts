import type { Node } from "jsonc-parser";

import { deleteMember, insertMember, replaceMember } from "../edit-text.ts";
import { configInvalid, findProperty, type ParsedFile, parseJsonc, properties, valueOf } from "../jsonc-text.ts";
import { serversMap } from "../raw-entries.ts";
import type { Application } from "./application.ts";
import type { ServersText } from "./servers-text.ts";

/** A file of JSON, with or without comments. @throws McpassError `config_invalid` */
export function openJson(application: Pick<Application, "serversAt" | "hasSecondShape">, path: string, text: string): ServersText {
  const file = parseJsonc({ path, layer: "file", text });
  const at = placeOf(application, file);
  const map = requireMap(file, at);
  const node = (name: string): Node | undefined => findProperty(map, name)?.value;
  const again = (edited: string): ServersText => openJson(application, path, edited);
  const replaced = (name: string, raw: string): ServersText => {
    const found = node(name);
    return found === undefined ? again(text) : again(text.slice(0, found.offset) + raw + text.slice(found.offset + found.length));
  };
  return {
    text,
    value: valueOf(file.root),
    servers: new Map(properties(map).map(({ key, value }) => [key.value as string, valueOf(value)])),
    rawOf: (name) => rawText(text, node(name)),
    with: (name, value) => again(node(name) === undefined ? insertMember(text, [...at, name], value) : replaceMember(text, [...at, name], value)),
    withRaw: replaced,
    without: (name) => again(deleteMember(text, [...at, name])),
    lacksServers: map === undefined,
    withoutEmptyServers: () => (map !== undefined && properties(map).length === 0 ? again(deleteMember(text, at)) : again(text)),
  };
}

function placeOf({ serversAt, hasSecondShape }: Pick<Application, "serversAt" | "hasSecondShape">, file: ParsedFile): readonly string[] {
  return hasSecondShape === true && serversMap(file) !== undefined ? [...serversAt, "servers"] : serversAt;
}

function requireMap(file: ParsedFile, at: readonly string[]): Node | undefined {
  let node = file.root;
  for (const key of at) {
    node = findProperty(node, key)?.value;
    if (node !== undefined && node.type !== "object") throw configInvalid(file, node.offset, `"${key}" must be an object`);
  }
  return node;
}

function rawText(text: string, node: Node | undefined): string | undefined {
  return node === undefined ? undefined : text.slice(node.offset, node.offset + node.length);
}
