import { sizeOf } from "./fact-words.ts";
import type { Line } from "./lines.tsx";
import { plain, plainLines } from "./plain.ts";
import { asSchema } from "./schema.ts";

/** What a tool, a prompt or a resource gave, as rows: texts as they are, JSON indented, everything else told with its size. */
export function resultLines(result: unknown): readonly Line[] {
  const { content, structuredContent, messages, contents, isError } = asSchema(result);
  const blocks = [...list(content), ...list(messages).flatMap((message) => [{ type: "text", text: `${plain(String(asSchema(message)["role"]), 40)}:` }, asSchema(message)["content"]]), ...list(contents).map((resource) => ({ type: "resource", resource }))];
  const lines = blocks.flatMap((block) => blockLines(asSchema(block)));
  const structured = structuredContent === undefined || repeats(blocks, structuredContent) ? [] : [{ text: "structured:", bold: true }, ...jsonLines(structuredContent)];
  const all = [...(isError === true ? [{ text: "The tool reported an error:", tone: "bad" as const, bold: true }] : []), ...lines, ...structured];
  return all.length === 0 ? [{ text: "It gave nothing.", tone: "quiet" }] : all;
}

/** MCP 2025-11-25, tools: text, image, audio, resource_link, resource. */
function blockLines({ type, text, mimeType, data, uri, name, resource }: Readonly<Record<string, unknown>>): readonly Line[] {
  const kind = typeof mimeType === "string" ? ` ${plain(mimeType, 60)}` : "";
  switch (type) {
    case "text":
      return textLines(typeof text === "string" ? text : "");
    case "image":
    case "audio":
      return [{ text: `[${type}${kind}, ${sizeOf(bytesOf(data))}]`, tone: "quiet" }];
    case "resource_link":
      return [{ text: `[link ${typeof name === "string" ? `${plain(name, 100)} ` : ""}${plain(String(uri), 2000)}${kind}]` }];
    case "resource":
      return resourceLines(asSchema(resource));
    default:
      return [{ text: `[${plain(String(type), 60)} content]`, tone: "quiet" }];
  }
}

function resourceLines({ text, uri, mimeType, blob }: Readonly<Record<string, unknown>>): readonly Line[] {
  if (typeof text === "string") return [{ text: plain(String(uri), 500), tone: "quiet" }, ...textLines(text)];
  return [{ text: `[resource ${plain(String(uri), 500)}${typeof mimeType === "string" ? ` ${plain(mimeType, 60)}` : ""}, ${sizeOf(bytesOf(blob))}]`, tone: "quiet" }];
}

/** A text that is JSON is shown as that. */
function textLines(text: string): readonly Line[] {
  if (/^\s*[[{]/.test(text) && text.length < 1_000_000) {
    try {
      return jsonLines(JSON.parse(text));
    } catch {
      // It only looks like it.
    }
  }
  return plainLines(text, { lines: 5000, limit: 20_000 }).map((line) => ({ text: line }));
}

function jsonLines(value: unknown): readonly Line[] {
  return plainLines(JSON.stringify(value, null, 2) ?? "", { lines: 5000, limit: 2000 }).map((text) => ({ text }));
}

/** Many servers send the same once more as text. */
function repeats(blocks: readonly unknown[], structured: unknown): boolean {
  return blocks.some((block) => {
    const { text } = asSchema(block);
    try {
      return typeof text === "string" && text.length < 1_000_000 && JSON.stringify(JSON.parse(text)) === JSON.stringify(structured);
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
