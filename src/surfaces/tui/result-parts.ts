import { sizeOf } from "./fact-words.ts";
import type { Line } from "./lines.tsx";
import { plain, plainLines } from "./plain.ts";
import { asSchema } from "../../base/form-schema.ts";

/** A piece of a result, as it is shown: a row of words, JSON to fold, or a link to a resource. */
export type ResultPart = { readonly line: Line } | { readonly json: unknown } | { readonly link: string; readonly line: Line };

/** What a tool, a prompt or a resource gave: texts as they are, JSON as a tree, everything else told with its size. */
export function resultParts(result: unknown): readonly ResultPart[] {
  const { content, structuredContent, messages, contents, isError } = asSchema(result);
  const blocks = [...list(content), ...list(messages).flatMap((message) => [{ type: "text", text: `${plain(String(asSchema(message)["role"]), 40)}:` }, asSchema(message)["content"]]), ...list(contents).map((resource) => ({ type: "resource", resource }))];
  const parts = blocks.flatMap((block) => blockParts(asSchema(block)));
  const structured: readonly ResultPart[] = structuredContent === undefined || repeats(blocks, structuredContent) ? [] : [{ line: { text: "structured:", bold: true } }, { json: structuredContent }];
  const all: readonly ResultPart[] = [...(isError === true ? [{ line: { text: "The tool reported an error:", tone: "bad" as const, bold: true } }] : []), ...parts, ...structured];
  return all.length === 0 ? [{ line: { text: "It gave nothing.", tone: "quiet" } }] : all;
}

/** MCP 2025-11-25, tools: text, image, audio, resource_link, resource. */
function blockParts({ type, text, mimeType, data, uri, name, resource }: Readonly<Record<string, unknown>>): readonly ResultPart[] {
  const kind = typeof mimeType === "string" ? ` ${plain(mimeType, 60)}` : "";
  switch (type) {
    case "text":
      return textParts(typeof text === "string" ? text : "");
    case "image":
    case "audio":
      return [{ line: { text: `[${type}${kind}, ${sizeOf(bytesOf(data))}]`, tone: "quiet" } }];
    case "resource_link": {
      const line: Line = { text: `[link ${typeof name === "string" ? `${plain(name, 100)} ` : ""}${plain(String(uri), 2000)}${kind}]` };
      return [typeof uri === "string" ? { link: uri, line } : { line }];
    }
    case "resource":
      return resourceParts(asSchema(resource));
    default:
      return [{ line: { text: `[${plain(String(type), 60)} content]`, tone: "quiet" } }];
  }
}

function resourceParts({ text, uri, mimeType, blob }: Readonly<Record<string, unknown>>): readonly ResultPart[] {
  if (typeof text === "string") return [{ line: { text: plain(String(uri), 500), tone: "quiet" } }, ...textParts(text)];
  return [{ line: { text: `[resource ${plain(String(uri), 500)}${typeof mimeType === "string" ? ` ${plain(mimeType, 60)}` : ""}, ${sizeOf(bytesOf(blob))}]`, tone: "quiet" } }];
}

const longestJson = 5_000_000;

/** A text that is JSON is shown as that. */
function textParts(text: string): readonly ResultPart[] {
  if (/^\s*[[{]/.test(text) && text.length < longestJson) {
    try {
      return [{ json: JSON.parse(text) as unknown }];
    } catch {
      // It only looks like it.
    }
  }
  return plainLines(text, { lines: 5000, limit: 20_000 }).map((line) => ({ line: { text: line } }));
}

/** Many servers send the same once more as text. */
function repeats(blocks: readonly unknown[], structured: unknown): boolean {
  return blocks.some((block) => {
    const { text } = asSchema(block);
    try {
      return typeof text === "string" && text.length < longestJson && JSON.stringify(JSON.parse(text)) === JSON.stringify(structured);
    } catch {
      return false;
    }
  });
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function bytesOf(base64: unknown): number {
  return typeof base64 === "string" ? Math.floor((base64.replace(/=+$/, "").length * 3) / 4) : 0;
}
