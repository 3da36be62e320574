import openapiTS, { astToString } from "openapi-typescript";
import type { Api } from "../../src/surfaces/http/api.ts";
import { openApiDocument } from "../../src/surfaces/http/open-api.ts";
import { createRoutes } from "../../src/surfaces/http/routes.ts";

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
