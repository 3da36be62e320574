import { product } from "../../base/product.ts";
import { badRequest, components, errorAnswer, serverNotFound } from "./answer-schemas.ts";
import type { Route } from "./route.ts";

type Json = Readonly<Record<string, unknown>>;

/** The OpenAPI 3.1 document of these routes: what stands in it is what they check and give. */
export function openApiDocument(routes: readonly Route[]): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) paths[route.path] = { ...paths[route.path], [route.method]: operation(route) };
  return {
    openapi: "3.1.1",
    info: { title: "mcpass", version: product.version, description: "One sign-in for every MCP client. The operations that OpenCode has too are the same; see docs/http.md.", license: { name: "MIT", identifier: "MIT" } },
    servers: [{ url: "http://127.0.0.1:4190" }],
    security: [{ bearer: [] }, { basic: [] }, { cookie: [] }],
    paths,
    components: {
      schemas: Object.fromEntries(components.map((each) => [each.component, each.full()])),
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "What `mcpass serve --print-token` prints." },
        basic: { type: "http", scheme: "basic", description: "The token as the password of any user." },
        cookie: { type: "apiKey", in: "cookie", name: "mcpass_4190", description: "The web page's, by a one-time link. Its name ends in the server's port." },
      },
    },
  };
}

function operation(route: Route): Json {
  const { operationId, summary, description, isPublic = false, body } = route;
  return {
    operationId,
    summary,
    ...(description === undefined ? {} : { description }),
    ...(isPublic ? { security: [{}, { bearer: [] }, { basic: [] }, { cookie: [] }] } : {}),
    parameters: [...pathParameters(route), ...queryParameters(route)],
    ...(body === undefined ? {} : { requestBody: { required: body.required, content: json(body.schema.json()) } }),
    responses: answers(route),
  };
}

const parameterWords: Readonly<Record<string, string>> = { name: "The server's name, percent-encoded.", tool: "The tool's name, percent-encoded.", prompt: "The prompt's name, percent-encoded.", id: "The question's id.", file: "The file's name." };

function pathParameters({ path }: Route): readonly Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({ name, in: "path", required: true, description: parameterWords[name], schema: { type: "string", minLength: 1 } }));
}

/** OpenCode's clients send the first two everywhere. */
function queryParameters({ path, query = {} }: Route): readonly Json[] {
  const ignored = path.startsWith("/mcp") || path === "/event" ? { directory: "Not used: one server has one configuration.", workspace: "Not used." } : {};
  return Object.entries({ ...ignored, ...query }).map(([name, description]) => ({ name, in: "query", required: false, description, schema: { type: "string" } }));
}

const refusalWords: Readonly<Record<number, string>> = {
  400: "Bad request",
  401: "No credential, or a wrong one",
  403: "Not allowed: another Host, another Origin, or a policy",
  404: "No such server",
  405: "Another method is meant",
  409: "Something has to be done first, mostly a sign-in",
  413: "The body is too large",
  415: "The body is not JSON",
  422: "The tool refused, or failed",
  500: "A fault of this server",
  502: "The server, or its issuer, failed",
  503: "Not now: the vault, a port, or too many listeners",
  504: "The server did not answer in time",
};

function answers(route: Route): Json {
  const good = route.answer === undefined ? {} : { 200: { description: route.answer.description, content: json(route.answer.schema.json()) } };
  const others = Object.fromEntries(Object.entries(route.otherAnswers ?? {}).map(([status, { description, contentType }]) => [status, { description, content: { [contentType]: { schema: { type: "string" } } } }]));
  const statuses = refusalsOf(route).filter((status) => !(String(status) in others));
  const refused = Object.fromEntries(statuses.map((status) => [status, { description: refusalWords[status] ?? "Refused", content: json(refusalSchema(status, route)) }]));
  return { ...good, ...others, ...refused };
}

/** What the guard and the reading of the body add. */
export function refusalsOf({ refusals, body, isPublic = false }: Pick<Route, "refusals" | "body" | "isPublic">): readonly number[] {
  return [...new Set([...refusals, ...(isPublic ? [] : [401]), 403, 500, ...(body === undefined ? [] : [400, 413, 415])])].sort((left, right) => left - right);
}

function refusalSchema(status: number, { body, path }: Route): Json {
  if (status === 400 && body !== undefined) return { anyOf: [badRequest.json(), errorAnswer.json()] };
  if (status === 404 && path.startsWith("/mcp/{name}")) return /\{tool\}|\{prompt\}|\/resources/.test(path) ? { anyOf: [serverNotFound.json(), errorAnswer.json()] } : serverNotFound.json();
  return errorAnswer.json();
}

function json(schema: Json): Json {
  return { "application/json": { schema } };
}
