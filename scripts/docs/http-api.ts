import openapiTS, { astToString } from "openapi-typescript";
import { differences } from "../../test/surfaces/http/opencode-differences.ts";
import type { Api } from "../../src/surfaces/http/api.ts";
import { openApiDocument } from "../../src/surfaces/http/open-api.ts";
import { createRoutes } from "../../src/surfaces/http/routes.ts";

interface Operation {
  readonly operationId: string;
  readonly summary: string;
}

/** The tables of docs/http.md. */
export function httpTables(): Readonly<Record<"operations" | "differences", string>> {
  const { paths } = httpDocument() as { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };
  const rows = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, { operationId, summary }]) => `| \`${method.toUpperCase()} ${path}\` | \`${operationId}\` | ${summary} |`));
  const reasons = [...new Set(differences.map(({ reason }) => reason))].map((reason) => `| ${linesOf(reason)} | ${reason} |`);
  return {
    operations: ["| request | operationId | what |", "|---|---|---|", ...rows].join("\n"),
    differences: ["| where | why |", "|---|---|", ...reasons].join("\n"),
  };
}

function linesOf(reason: string): string {
  const same = differences.filter((difference) => difference.reason === reason);
  const operations = [...new Set(same.map(({ operation }) => (operation === "*" ? "everywhere" : `\`${operation}\``)))];
  const lines = [...new Set(same.map(({ line }) => `\`${line}\``))];
  return `${operations.join(", ")}: ${lines.join(", ")}`;
}

/** What `GET /doc` gives. The routes need their manager only when they are asked something. */
export function httpDocument(): object {
  return openApiDocument(createRoutes({} as Api));
}

/** docs/openapi.json. */
export function httpDocumentText(): string {
  return `${JSON.stringify(httpDocument(), null, 2)}\n`;
}

/** The types of a client, as anybody makes them of the document. */
export async function clientTypes(): Promise<string> {
  const nodes = await openapiTS(JSON.stringify(httpDocument()), { alphabetize: false });
  return `// Made of docs/openapi.json by openapi-typescript: npm run docs.\n/* eslint-disable max-lines */\n${astToString(nodes)}`;
}
