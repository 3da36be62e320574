import { plainText } from "../../base/redact.ts";
import type { CommandContext } from "./command-context.ts";
import { hostWords, isInternational } from "./host-words.ts";
import { choose, confirm, ask } from "./questions.ts";
import { asSchema, requiredNames, type Schema, typesOf } from "./schema-words.ts";

/** What the protocol wants as the answer of an elicitation. */
export type ElicitationAnswer = { readonly action: "decline" | "cancel" } | { readonly action: "accept"; readonly content?: Readonly<Record<string, unknown>> };

/** Puts a server's questions to the person at the terminal: who asks, each field by its schema, and all answers once more before they go. L-5, L-6 */
export async function askPerson(context: CommandContext, server: string, request: unknown): Promise<ElicitationAnswer> {
  const { message, mode, url, requestedSchema } = asSchema(request);
  const { terminal } = context;
  terminal.insist(`${terminal.err.bold(plainText(server))} asks: ${plainText(typeof message === "string" ? message : "", 2000)}`);
  if (mode === "url") return askToOpen(context, typeof url === "string" ? url : "");
  const schema = asSchema(requestedSchema);
  const fields = Object.entries(asSchema(schema["properties"])).map(([name, property]) => [name, asSchema(property)] as const);
  if (!(await confirm(context, fields.length === 0 ? "Agree?" : "Answer it?"))) return { action: "decline" };
  const content = await askFields(context, fields, requiredNames(schema));
  for (const [name, value] of Object.entries(content)) terminal.insist(`  ${plainText(name)}: ${plainText(JSON.stringify(value))}`);
  return fields.length === 0 || (await confirm(context, `Send this to ${plainText(server)}?`)) ? { action: "accept", content } : { action: "decline" };
}

async function askFields(context: CommandContext, fields: readonly (readonly [string, Schema])[], required: readonly string[]): Promise<Record<string, unknown>> {
  const content: Record<string, unknown> = {};
  for (const [name, schema] of fields) {
    const value = await askField(context, name, schema, required.includes(name));
    if (value !== undefined) content[name] = value;
  }
  return content;
}

/** The full address, its host, and consent; the server's page is never opened or fetched without. L-2, L-3, L-4 */
async function askToOpen(context: CommandContext, url: string): Promise<ElicitationAnswer> {
  const { terminal } = context;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || (parsed.protocol !== "https:" && parsed.protocol !== "http:")) {
    terminal.insist("It names no web address that could be opened; declined.");
    return { action: "decline" };
  }
  terminal.insist(`It wants you to open a page at ${terminal.err.bold(hostWords(parsed.host))}:`);
  if (isInternational(parsed.host)) terminal.insist(terminal.err.yellow("warning: this host has letters that can look like others"));
  terminal.insist(parsed.href);
  if (!(await confirm(context, "Open it?"))) return { action: "decline" };
  const { opened, reason } = await context.runtime().openBrowser(parsed.href);
  if (!opened) terminal.insist(`The browser did not open (${plainText(reason ?? "no reason known")}); open the address yourself.`);
  return { action: "accept" };
}

/** Asked again until it fits; Return takes the default, or leaves out what is not required. */
async function askField(context: CommandContext, name: string, schema: Schema, required: boolean): Promise<unknown> {
  const { title, description, default: preset } = schema;
  const label = plainText(typeof title === "string" ? `${title} (${name})` : name);
  if (typeof description === "string") context.terminal.insist(context.terminal.err.dim(`  ${plainText(description, 500)}`));
  const choices = choicesOf(schema);
  if (choices.length > 0 && preset === undefined && required) return choices[await choose(context, `${label}:`, choices.map((value) => plainText(String(value))))];
  for (;;) {
    const note = preset !== undefined ? ` [${plainText(JSON.stringify(preset))}]` : required ? "" : " (optional)";
    const allowed = choices.length === 0 ? "" : ` {${choices.map((value) => plainText(String(value))).join(", ")}}`;
    const text = await ask(context, `  ${label}${allowed}${note}:`);
    if (text === "" && (preset !== undefined || !required)) return preset;
    const value = readValue(text, schema, choices);
    if (value !== undefined) return value;
    context.terminal.insist(`  That is not ${typesOf(schema)[0] ?? "one of the choices"}; please try again.`);
  }
}

function choicesOf(schema: Schema): readonly unknown[] {
  if (Array.isArray(schema["enum"])) return schema["enum"];
  const titled = schema["oneOf"];
  return Array.isArray(titled) ? titled.flatMap((choice) => ("const" in asSchema(choice) ? [asSchema(choice)["const"]] : [])) : [];
}

/** undefined: the text does not fit the schema. */
function readValue(text: string, schema: Schema, choices: readonly unknown[]): unknown {
  if (choices.length > 0) return choices.find((choice) => String(choice) === text);
  const type = typesOf(schema)[0];
  if (type === "boolean") return /^(y|yes|true)$/i.test(text) ? true : /^(n|no|false)$/i.test(text) ? false : undefined;
  if (type === "array") return text === "" ? [] : text.split(",").map((part) => part.trim());
  if (type !== "number" && type !== "integer") return text === "" ? undefined : text;
  const number = Number(text);
  return text !== "" && Number.isFinite(number) && (type === "number" || Number.isInteger(number)) ? number : undefined;
}
