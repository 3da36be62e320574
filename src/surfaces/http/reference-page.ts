import { escapeHtml, plainPage } from "./pages.ts";
import type { Reply } from "./route.ts";

type Json = Readonly<Record<string, unknown>>;

/** The document as a page, without a script: a browser shows and searches it as it is. */
export function referencePage(document: object): Reply {
  const { paths = {}, components = {}, info = {} } = document as { readonly paths?: Readonly<Record<string, Readonly<Record<string, Json>>>>; readonly components?: Json; readonly info?: Json };
  const operations = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => operationHtml(method, path, operation)));
  const schemas = Object.entries((components["schemas"] ?? {}) as Json).map(([name, schema]) => `<details id="${escapeHtml(name)}"><summary><code>${escapeHtml(name)}</code></summary>${pre(schema)}</details>`);
  return plainPage("mcpass: HTTP API", `<h1>mcpass ${text(info["version"])}: HTTP API</h1><p>${text(info["description"])} For programs: <a href="/doc">the OpenAPI document</a>.</p>${operations.join("")}<h2>Schemas</h2>${schemas.join("")}`);
}

function operationHtml(method: string, path: string, operation: Json): string {
  const parameters = (operation["parameters"] ?? []) as readonly Json[];
  const responses = Object.entries((operation["responses"] ?? {}) as Readonly<Record<string, Json>>);
  const rows = parameters.map((parameter) => `<tr><td><code>${text(parameter["name"])}</code><td>${text(parameter["in"])}<td>${text(parameter["description"])}`);
  const answers = responses.map(([status, response]) => `<tr><td><code>${escapeHtml(status)}</code><td>${text(response["description"])}<td>${contentHtml(response["content"])}`);
  return [
    `<details id="${text(operation["operationId"])}"><summary><code>${escapeHtml(method.toUpperCase())} ${escapeHtml(path)}</code> ${text(operation["summary"])}</summary>`,
    `<p>${text(operation["description"])} <code>${text(operation["operationId"])}</code></p>`,
    rows.length === 0 ? "" : `<h2>Parameters</h2><table>${rows.join("")}</table>`,
    operation["requestBody"] === undefined ? "" : `<h2>Body</h2>${contentHtml((operation["requestBody"] as Json)["content"])}`,
    `<h2>Answers</h2><table>${answers.join("")}</table></details>`,
  ].join("");
}

function contentHtml(content: unknown): string {
  return Object.entries((content ?? {}) as Readonly<Record<string, Json>>).map(([type, { schema }]) => (type === "application/json" ? pre(schema) : `<code>${escapeHtml(type)}</code>`)).join("");
}

/** Names of schemas lead to them. */
function pre(schema: unknown): string {
  const json = escapeHtml(JSON.stringify(schema, null, 2) ?? "");
  return `<pre>${json.replaceAll(/#\/components\/schemas\/(\w+)/g, '<a href="#$1">$1</a>')}</pre>`;
}

function text(value: unknown): string {
  return typeof value === "string" ? escapeHtml(value) : "";
}
