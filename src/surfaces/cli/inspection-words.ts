import { plainText, showUrl } from "../../base/redact.ts";
import { shellWord } from "../../base/shell-word.ts";
import { accountWords } from "./account-words.ts";
import type { FirstRead, Inspection } from "./commands/inspect.ts";
import { asSchema, signatureWords } from "./schema-words.ts";
import type { Colors } from "./terminal.ts";
import { blockText, resourceText } from "./tool-result-words.ts";

/** What a server has, for a person. */
export function inspectionText({ connection, tools, prompts, resources, firstPrompt, firstResource }: Inspection, colors: Colors): string {
  const { url, command, account, identity, protocolVersion, signedIn } = connection.snapshot();
  const { name, version, instructions } = connection.serverInfo();
  const place = url === undefined ? (command ?? []).map(shellWord).join(" ") : showUrl(url);
  const facts: readonly (readonly [string, string])[] = [
    ["server", plainText([name, version].filter((part) => part !== undefined).join(" ")) || "does not say its name"],
    ["protocol", plainText(protocolVersion ?? "not told")],
    ...(account === undefined || !signedIn ? [] : [["account", accountWords(account, identity)] as const]),
    ...(instructions === undefined || instructions === "" ? [] : [["says", plainText(instructions, 400)] as const]),
  ];
  return [
    `${colors.green("✓")} ${colors.bold(plainText(connection.name))}  ${colors.green("connected")}${place === plainText(connection.name) ? "" : `  ${colors.dim(place)}`}`,
    ...facts.map(([label, value]) => `  ${colors.dim(label.padEnd(9))} ${value}`),
    ...section("tools", tools.map((tool) => `${plainText(tool.name)}${colors.dim(plainText(signatureWords(tool.inputSchema), 300))}`), colors),
    ...section("prompts", prompts.map((prompt) => labelOf(prompt, "name")), colors),
    ...readLines("prompt", firstPrompt, colors),
    ...section("resources", resources.map((resource) => labelOf(resource, "uri")), colors),
    ...readLines("resource", firstResource, colors),
  ].join("\n");
}

const longestSection = 50;

function section(title: string, lines: readonly string[], colors: Colors): readonly string[] {
  const more = lines.length > longestSection ? [`    ${colors.dim(`and ${lines.length - longestSection} more (--json shows all)`)}`] : [];
  return [`  ${colors.dim(title.padEnd(9))} ${lines.length}`, ...lines.slice(0, longestSection).map((line) => `    ${line}`), ...more];
}

function labelOf(item: unknown, key: string): string {
  const { [key]: id, description } = asSchema(item);
  return `${plainText(String(id))}${typeof description === "string" && description !== "" ? `  ${plainText(description, 120)}` : ""}`;
}

function readLines(kind: string, read: FirstRead | undefined, colors: Colors): readonly string[] {
  if (read === undefined) return [];
  if ("error" in read) return [`  ${colors.red("✗")} first ${kind}: ${plainText(read.error.message, 400)}`];
  const { messages, contents } = asSchema(read.result);
  const texts = [
    ...(Array.isArray(messages) ? messages.map((message) => blockText(asSchema(asSchema(message)["content"]))) : []),
    ...(Array.isArray(contents) ? contents.map((content) => resourceText(asSchema(content))) : []),
  ];
  return [`  ${colors.green("✓")} first ${kind} ${plainText(read.name)}: ${plainText(texts.join(" "), 160) || "empty"}`];
}
