import fc from "fast-check";
import { Agent, request } from "node:http";
import { expect, test } from "vitest";
import { httpDocument } from "../../../scripts/docs/http-api.ts";
import { createRoutes } from "../../../src/surfaces/http/routes.ts";
import type { Api } from "../../../src/surfaces/http/api.ts";
import type { Route } from "../../../src/surfaces/http/route.ts";
import { refusalsOf } from "../../../src/surfaces/http/open-api.ts";
import { type ServingProgram, startServing } from "../../rig/serving.ts";
import { openWalk, type Walk } from "../../rig/walk.ts";

/** As many as a release is judged by, in less than twenty seconds. */
const requests = 5_000;
const seed = 20_261_121;
const names = ["open", "off", "gone", "local name", "nobody", "oauth"];
const left = new Set(["/event", "/mcp/{name}/auth/authenticate", "/mcp/{name}/doctor", "/mcp/{name}/doctor/events"]);

type Json = Readonly<Record<string, unknown>>;
interface Attempt {
  readonly route: Route;
  readonly path: string;
  readonly body: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

const routes = createRoutes({} as Api).filter(({ path }) => !left.has(path));
const { components: { schemas } } = httpDocument() as { readonly components: { readonly schemas: Readonly<Record<string, Json>> } };

/** Values that a schema of ours allows. */
function valuesOf(schema: Json, depth = 0): fc.Arbitrary<unknown> {
  const { $ref, anyOf, const: only, enum: choice, type, properties, required = [], items, additionalProperties, minimum, maximum } = schema as { readonly [key: string]: never } & { $ref?: string; anyOf?: Json[]; const?: unknown; enum?: unknown[]; type?: string; properties?: Record<string, Json>; required?: string[]; items?: Json; additionalProperties?: Json | boolean; minimum?: number; maximum?: number };
  if ($ref !== undefined) return valuesOf(schemas[$ref.split("/").at(-1) ?? ""] ?? {}, depth);
  if (anyOf !== undefined) return fc.oneof(...anyOf.map((each) => valuesOf(each, depth + 1)));
  if (only !== undefined) return fc.constant(only);
  if (choice !== undefined) return fc.constantFrom(...choice);
  if (type === "string") return fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("", "http://127.0.0.1:9/mcp", "https://example.invalid/mcp", "{env:NOTHING}", "{file:/nothing}", "\0", "__proto__"));
  if (type === "boolean") return fc.boolean();
  if (type === "integer" || type === "number") return fc.integer({ min: minimum ?? 0, max: Math.min(maximum ?? 1_000, 2_000_000) });
  if (type === "array") return depth > 4 ? fc.constant([]) : fc.array(valuesOf(items ?? {}, depth + 1), { maxLength: 3 });
  if (type === "object" && properties !== undefined) {
    const fields = Object.fromEntries(Object.entries(properties).map(([key, each]) => [key, valuesOf(each, depth + 1)]));
    return fc.record(fields, { requiredKeys: required as never[] });
  }
  if (type === "object") return fc.dictionary(fc.string(), typeof additionalProperties === "object" ? valuesOf(additionalProperties, depth + 1) : fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 });
  return fc.jsonValue({ maxDepth: 2 });
}

/** What the schema allows, and what it does not: other values in some places, other JSON, and no JSON. */
function bodies(route: Route): fc.Arbitrary<string | undefined> {
  if (route.body === undefined) return fc.option(fc.string(), { nil: undefined });
  const good = valuesOf(route.body.schema.json());
  const spoilt = fc.tuple(good, fc.string(), fc.jsonValue({ maxDepth: 2 })).map(([value, key, other]) => (typeof value === "object" && value !== null ? { ...value, [Object.keys(value)[key.length % Math.max(1, Object.keys(value).length)] ?? key]: other } : other));
  const text = (value: unknown): string => JSON.stringify(value) ?? "";
  return fc.oneof({ weight: 5, arbitrary: good.map(text) }, { weight: 4, arbitrary: spoilt.map(text) }, { weight: 2, arbitrary: fc.jsonValue().map(text) }, { weight: 1, arbitrary: fc.string({ unit: "binary" }) }, { weight: 1, arbitrary: fc.constant(undefined) });
}

const segment = fc.oneof(fc.constantFrom(...names).map(encodeURIComponent), fc.string({ unit: "binary", minLength: 1, maxLength: 20 }).map((text) => encodeURIComponent(text.replace(/[\ud800-\udfff]/g, "?"))), fc.constantFrom("%zz", "%ff", "%00", "%2e%2e", "..", "constructor"));

function attempts(route: Route): fc.Arbitrary<Attempt> {
  // What the others are asked about stays.
  const first = route.operationId === "mcp.remove" ? fc.constantFrom("nobody", "%00", "oauth") : segment;
  const path = fc.tuple(first, segment, fc.option(fc.webQueryParameters(), { nil: undefined })).map(([first, second, query]) => {
    const filled = route.path.replace("{name}", first).replace(/\{\w+\}/, second);
    return query === undefined ? filled : `${filled}?${query}`;
  });
  const headers = fc.oneof({ weight: 8, arbitrary: fc.constant({ "content-type": "application/json" }) }, { weight: 1, arbitrary: fc.constantFrom({ "content-type": "text/plain" }, { "content-type": "application/json; charset=utf-16" }) }, { weight: 1, arbitrary: fc.constant({}) });
  return fc.record({ route: fc.constant(route), path, body: bodies(route), headers });
}

function send(serving: ServingProgram, agent: Agent, { route, path, body, headers }: Attempt): Promise<{ status: number; text: string; type: string }> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const asked = request({ host: "127.0.0.1", port: serving.port, agent, method: route.method.toUpperCase(), path, headers: { authorization: `Bearer ${serving.token}`, ...headers, ...length } }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text, type: answer.headers["content-type"] ?? "" }));
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

/** What the document allows it to answer; `undefined`: nothing is wrong. */
function complaint(route: Route, { status, text, type }: { status: number; text: string; type: string }): string | undefined {
  const documented = new Set([...(route.answer === undefined ? [] : [200]), ...Object.keys(route.otherAnswers ?? {}).map(Number), ...refusalsOf(route)]);
  if (status === 500) return `500: ${text}`;
  // What is no path of an operation is nobody's: 400 by the guard, 404 by nobody.
  if (status === 404 || status === 400) return type.startsWith("application/json") ? undefined : `${String(status)} is not JSON`;
  if (!documented.has(status)) return `${String(status)} is not documented: ${text.slice(0, 200)}`;
  if (status !== 200 || route.answer === undefined) return undefined;
  const { problems } = route.answer.schema.read(JSON.parse(text));
  return problems === undefined ? undefined : `the answer is not of its schema: ${JSON.stringify(problems).slice(0, 300)}`;
}

test(`${String(requests)} requests made of the document's schemas are answered as it says, and none with a 500`, async () => {
  const walk: Walk = await openWalk();
  const open = await walk.resource({ party: "open" });
  await walk.configure({ open: { type: "remote", url: open.url }, off: { type: "remote", url: open.url, enabled: false }, gone: { type: "remote", url: "http://127.0.0.1:9/mcp" }, "local name": { type: "local", command: [process.execPath, "-e", ""] } });
  const serving = await startServing(walk, ["--browser", "true"]);
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const statuses = new Map<number, number>();
  const all = fc.sample(fc.oneof(...routes.map(attempts)), { numRuns: requests, seed });
  const queue = [...all];
  const wrong: string[] = [];
  const worker = async (): Promise<void> => {
    for (let attempt = queue.pop(); attempt !== undefined; attempt = queue.pop()) {
      const answer = await send(serving, agent, attempt);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      const said = complaint(attempt.route, answer);
      if (said !== undefined) wrong.push(`${attempt.route.method} ${attempt.path} ${attempt.body ?? ""} ${JSON.stringify(attempt.headers)}: ${said}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  agent.destroy();
  expect(wrong).toEqual([]);
  expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).toBe(requests);
  // It got somewhere: good answers, and refusals of several kinds.
  for (const status of [200, 400, 404, 409, 415]) expect({ status, often: (statuses.get(status) ?? 0) > 20 }).toEqual({ status, often: true });
  expect((await serving.ask("GET", "/health")).status).toBe(200);
  expect(serving.program.stderr()).not.toMatch(/error:/);
}, 120_000);
