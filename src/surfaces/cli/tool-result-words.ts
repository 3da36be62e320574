import { asSchema } from "./schema-words.ts";
import { printable } from "./printable.ts";

/** A tool's result as text for standard output: its texts as they are, everything else described in brackets. */
export function resultText(result: unknown, options: { readonly forTerminal: boolean }): string {
  const { content, structuredContent } = asSchema(result);
  const blocks = (Array.isArray(content) ? content : []).map((block) => blockText(asSchema(block)));
  const texts = blocks.length === 0 && structuredContent !== undefined ? [JSON.stringify(structuredContent, null, 2)] : blocks;
  const text = texts.join("\n");
  return options.forTerminal ? printable(text) : text;
}

/** One content block. MCP 2025-11-25, tools: text, image, audio, resource_link, resource. */
export function blockText(block: Readonly<Record<string, unknown>>): string {
  const { type, text, mimeType, data, uri, name } = block;
  const kind = typeof mimeType === "string" ? ` ${mimeType}` : "";
  switch (type) {
    case "text":
      return typeof text === "string" ? text : "";
    case "image":
    case "audio":
      return `[${type}${kind}, ${sizeWords(data)}]`;
    case "resource_link":
      return `[link ${typeof name === "string" ? `${name} ` : ""}${String(uri)}${kind}]`;
    case "resource":
      return resourceText(asSchema(block["resource"]));
    default:
      return `[${typeof type === "string" ? type : "unknown"} content]`;
  }
}

/** The contents of one resource: its text, or what kind of bytes it has. */
export function resourceText({ text, uri, mimeType, blob }: Readonly<Record<string, unknown>>): string {
  if (typeof text === "string") return text;
  return `[resource ${String(uri)}${typeof mimeType === "string" ? ` ${mimeType}` : ""}, ${sizeWords(blob)}]`;
}

function sizeWords(base64: unknown): string {
  const bytes = typeof base64 === "string" ? Math.floor((base64.replace(/=+$/, "").length * 3) / 4) : 0;
  return bytes < 1024 ? `${bytes} bytes` : `${Math.round(bytes / 1024)} kB`;
}
