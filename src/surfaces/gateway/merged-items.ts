import { isRecord } from "../../connection/json-rpc.ts";
import type { RpcObject } from "../relay/frame.ts";

type Kind = (value: unknown) => boolean;

const text: Kind = (value) => typeof value === "string";
const number: Kind = (value) => typeof value === "number";
const list: Kind = (value) => Array.isArray(value);
const isObjectSchema: Kind = (value) => isRecord(value) && value["type"] === "object";

interface Shape {
  readonly needed: Readonly<Record<string, Kind>>;
  readonly other: Readonly<Record<string, Kind>>;
}

const common = { title: text, description: text, icons: list, annotations: isRecord, _meta: isRecord };
const resource = { ...common, mimeType: text };
const shapes: Readonly<Record<string, Shape>> = {
  "tools/list": { needed: { name: text, inputSchema: isObjectSchema }, other: { ...common, outputSchema: isRecord, execution: isRecord } },
  "prompts/list": { needed: { name: text }, other: { ...common, arguments: list } },
  "resources/list": { needed: { uri: text, name: text }, other: { ...resource, size: number } },
  "resources/templates/list": { needed: { uriTemplate: text, name: text }, other: resource },
};

/**
 * The items of a list, each once, as clients read them: where many servers are one, a client that refuses one item refuses those of all the others with it. What an item cannot do
 * without leaves it out, anything else that is of the wrong kind is left out of it.
 */
export function readableItems(method: string, key: string, items: readonly RpcObject[]): readonly RpcObject[] {
  const { needed, other } = shapes[method] ?? { needed: { [key]: text }, other: {} };
  const seen = new Set<unknown>();
  return items.flatMap((item) => {
    if (seen.has(item[key]) || !Object.entries(needed).every(([member, isKind]) => isKind(item[member]))) return [];
    seen.add(item[key]);
    const wrong = Object.entries(other).some(([member, isKind]) => member in item && !isKind(item[member]));
    return [wrong ? Object.fromEntries(Object.entries(item).filter(([member, value]) => other[member]?.(value) ?? true)) : item];
  });
}
