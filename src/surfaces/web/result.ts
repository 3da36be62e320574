import { webAddress, outsideLink } from "./address.ts";
import type { ContentBlock, ToolResult } from "./api-types.ts";
import { make } from "./element.ts";

/** What a picture may be; each is only ever decoded as one. SVG is a document and stays a text. */
const pictures = /^image\/(png|jpeg|gif|webp)$/;
const base64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;
const shownCharacters = 200_000;

/** What a tool gave, as words and pictures; nothing in it is ever read as markup. */
export function showResult(result: ToolResult, tool: string): readonly HTMLElement[] {
  const blocks = (Array.isArray(result.content) ? result.content : []).map((block) => showBlock(block, tool));
  const structured = result.structuredContent === undefined || isSaidAlready(result) ? [] : [labelled("Structured content", code(JSON.stringify(result.structuredContent, null, 2)))];
  const shown = [...blocks, ...structured];
  return shown.length > 0 ? shown : [make("p", { class: "quiet" }, "The tool answered without any content.")];
}

function showBlock(block: ContentBlock, tool: string): HTMLElement {
  switch (block?.type) {
    case "text":
      return showText(String(block["text"] ?? ""));
    case "image":
      return showPicture(block["mimeType"], block["data"], tool);
    case "resource_link":
      return labelled("Link to a resource", outsideLink(String(block["uri"] ?? ""), String(block["title"] ?? block["name"] ?? block["uri"] ?? "")));
    case "resource":
      return showResource(block["resource"]);
    default:
      return labelled(`Content of the kind ${JSON.stringify(block?.type ?? null)}`, code(JSON.stringify(block, null, 2)));
  }
}

function showText(text: string): HTMLElement {
  const pretty = asJson(text);
  return pretty === undefined ? make("pre", { class: "text", dir: "auto", tabindex: 0 }, shortened(text)) : code(pretty);
}

function showPicture(mimeType: unknown, data: unknown, tool: string): HTMLElement {
  if (typeof mimeType !== "string" || typeof data !== "string" || !pictures.test(mimeType) || !base64.test(data)) return make("p", { class: "quiet" }, `A picture of the kind ${JSON.stringify(mimeType ?? null)}, which is not shown here.`);
  return make("img", { class: "picture", src: `data:${mimeType};base64,${data.replaceAll(/\s/g, "")}`, alt: `Picture from ${tool}` });
}

function showResource(resource: unknown): HTMLElement {
  const { uri, text, mimeType } = (typeof resource === "object" && resource !== null ? resource : {}) as Readonly<Record<string, unknown>>;
  const about = typeof uri === "string" ? uri : "without an address";
  if (typeof text === "string") return labelled(`Resource ${about}`, showText(text));
  return labelled(`Resource ${about}`, make("p", { class: "quiet" }, `Binary content of the kind ${JSON.stringify(mimeType ?? null)}, which is not shown here.`), webAddress(about) === undefined ? undefined : outsideLink(about));
}

function labelled(label: string, ...content: readonly (HTMLElement | undefined)[]): HTMLElement {
  return make("div", { class: "block" }, make("p", { class: "label", dir: "auto" }, label), ...content);
}

export function code(text: string): HTMLElement {
  // It scrolls by itself, so a keyboard must get there.
  return make("pre", { class: "code", tabindex: 0 }, shortened(text));
}

function shortened(text: string): string {
  return text.length <= shownCharacters ? text : `${text.slice(0, shownCharacters)}\n… and ${(text.length - shownCharacters).toLocaleString("en")} more characters`;
}

function asJson(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return undefined;
  }
}

/** Servers repeat structured content as text, for clients that know none. */
function isSaidAlready({ content, structuredContent }: ToolResult): boolean {
  const compact = JSON.stringify(structuredContent);
  return Array.isArray(content) && content.some((block: ContentBlock) => {
    try {
      return block?.type === "text" && JSON.stringify(JSON.parse(String(block["text"]))) === compact;
    } catch {
      return false;
    }
  });
}
