import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createOpencodeClient } from "@opencode-ai/sdk";
import { createOpencodeClient as createSecondClient } from "@opencode-ai/sdk/v2";
import { httpDocument } from "../../../scripts/docs/http-api.ts";
import { differences } from "./opencode-differences.ts";
import { readTypes } from "./type-lines.ts";

/** operationId → OpenCode's name for its types. */
const shared: Readonly<Record<string, string>> = {
  "mcp.status": "McpStatus",
  "mcp.add": "McpAdd",
  "mcp.auth.start": "McpAuthStart",
  "mcp.auth.callback": "McpAuthCallback",
  "mcp.auth.authenticate": "McpAuthAuthenticate",
  "mcp.auth.remove": "McpAuthRemove",
  "mcp.connect": "McpConnect",
  "mcp.disconnect": "McpDisconnect",
};

const theirs = readTypes(resolve("node_modules/@opencode-ai/sdk/dist/v2/gen/types.gen.d.ts"));
const ours = readTypes(fileURLToPath(new URL("generated-client.ts", import.meta.url)));

interface Operation {
  readonly operationId: string;
}
const { paths } = httpDocument() as { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };
const operations = new Map(Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, { operationId }]) => [operationId, { path, method }] as const)));

function comparison(): readonly string[] {
  return Object.entries(shared).flatMap(([operationId, name]) => {
    const { path = "" } = operations.get(operationId) ?? {};
    const url = theirs.lines(`${name}Data`, "url") ?? [];
    return [
      ...compare(operationId, "url", url, [`: "${path}"`]),
      ...compare(operationId, "body", theirs.lines(`${name}Data`, "body") ?? [], ours.lines("operations", operationId, "requestBody", "content", "application/json") ?? [": undefined"]),
      ...compare(operationId, "query", theirs.lines(`${name}Data`, "query") ?? [], ours.lines("operations", operationId, "parameters", "query") ?? []),
      ...compare(operationId, "path", theirs.lines(`${name}Data`, "path") ?? [], ours.lines("operations", operationId, "parameters", "path") ?? [": undefined"]),
      ...answers(operationId, name),
    ];
  });
}

function answers(operationId: string, name: string): readonly string[] {
  const given = [...theirs.members(`${name}Responses`), ...theirs.members(`${name}Errors`)];
  const own = ours.members("operations", operationId, "responses");
  return [...new Set([...given, ...own])].flatMap((status) => {
    if (!own.includes(status)) return [`${operationId} ${status} only theirs`];
    if (!given.includes(status)) return [`${operationId} ${status} only ours`];
    return compare(operationId, status, theirs.lines(`${name}Responses`, status) ?? theirs.lines(`${name}Errors`, status) ?? [], ours.lines("operations", operationId, "responses", status, "content", "application/json") ?? []);
  });
}

function compare(operationId: string, part: string, left: readonly string[], right: readonly string[]): readonly string[] {
  return [...left.filter((line) => !right.includes(line)).map((line) => `${operationId} ${part} only theirs ${line}`), ...right.filter((line) => !left.includes(line)).map((line) => `${operationId} ${part} only ours ${line}`)];
}

const covers = ({ operation, line }: (typeof differences)[number], found: string): boolean => {
  const [operationId = "", ...rest] = found.split(" ");
  return (operation === "*" || operation === operationId) && rest.join(" ").startsWith(line);
};

test("the operations that OpenCode has too differ from its own in what is written down, and in nothing else", () => {
  const found = comparison();
  expect(found.filter((line) => !differences.some((difference) => covers(difference, line)))).toEqual([]);
  expect(differences.filter((difference) => !found.some((line) => covers(difference, line)))).toEqual([]);
});

test("OpenCode's clients, both of them, ask for exactly these methods and paths", async () => {
  const asked: string[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    asked.push(`${request.method} ${new URL(request.url).pathname}`);
    return Response.json({});
  };
  const first = createOpencodeClient({ baseUrl: "http://127.0.0.1:1", fetch: fetch as typeof globalThis.fetch });
  const second = createSecondClient({ baseUrl: "http://127.0.0.1:1", fetch: fetch as typeof globalThis.fetch });
  const path = { name: "{name}" };
  await first.mcp.status();
  await first.mcp.add({ body: { name: "x", config: { type: "remote", url: "http://x" } } });
  await first.mcp.auth.start({ path });
  await first.mcp.auth.callback({ path, body: { code: "x" } });
  await first.mcp.auth.authenticate({ path });
  await first.mcp.auth.remove({ path });
  await first.mcp.connect({ path });
  await first.mcp.disconnect({ path });
  const byFirst = asked.splice(0);
  await second.mcp.status();
  await second.mcp.add({ name: "x", config: { type: "remote", url: "http://x" } });
  await second.mcp.auth.start(path);
  await second.mcp.auth.callback({ ...path, code: "x" });
  await second.mcp.auth.authenticate(path);
  await second.mcp.auth.remove(path);
  await second.mcp.connect(path);
  await second.mcp.disconnect(path);
  const ours = Object.keys(shared).map((id) => `${operations.get(id)?.method.toUpperCase() ?? ""} ${operations.get(id)?.path ?? ""}`);
  expect(byFirst.map(decodeURIComponent)).toEqual(ours);
  expect(asked.map(decodeURIComponent)).toEqual(ours);
});
