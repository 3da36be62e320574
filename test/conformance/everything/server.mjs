// The `everything` server of the official server scenarios, made here on the SDK's server package: at MCP 2025-11-25 with sessions, and at 2026-07-28.
//   node everything/server.mjs [legacy|modern|both] [--bearer TOKEN]
// Prints its URL. Host and Origin must be of this machine; with a token nobody gets in without it.
import { randomBytes, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { localhostHostValidation, localhostOriginValidation, NodeStreamableHTTPServerTransport, toNodeHandler, toWebRequest } from "@modelcontextprotocol/node";
import { createMcpHandler, createRequestStateCodec, isLegacyRequest, ProtocolError, Server } from "@modelcontextprotocol/server";
import { fromTemplate, prompts, resources, tools as plainTools } from "./contents.mjs";
import { extensions, serveTasks, taskTools } from "./tasks.mjs";

const { values, positionals: [eras = "both"] } = parseArgs({ allowPositionals: true, options: { bearer: { type: "string" } } });
const codec = createRequestStateCodec({ key: randomBytes(32) });
const invalid = (message, data) => new ProtocolError(-32_602, message, data);

/** `announce` tells hosts of 2026-07-28, who listen elsewhere than where they call, and alone have tasks. */
function createEverything(announce, hasTasks) {
  const tools = hasTasks ? { ...plainTools, ...taskTools } : plainTools;
  const listChanged = true;
  const capabilities = { tools: { listChanged }, prompts: { listChanged }, resources: { listChanged, subscribe: true }, logging: {}, completions: {}, ...(hasTasks ? { extensions } : {}) };
  const cacheHints = Object.fromEntries(["tools/list", "prompts/list", "resources/list", "resources/templates/list", "resources/read"].map((method) => [method, { ttlMs: 1_000, cacheScope: "private" }]));
  const server = new Server({ name: "everything", version: "1" }, { capabilities, cacheHints, requestState: { verify: codec.verify } });
  const changed = async (what) => {
    announce(what);
    await (what === "tools" ? server.sendToolListChanged() : server.sendPromptListChanged()).catch(() => undefined);
    return `The ${what} have changed.`;
  };
  const able = ({ mcpReq: { envelope } }) => envelope?.["io.modelcontextprotocol/clientCapabilities"] ?? server.getClientCapabilities() ?? {};
  const helpers = { mint: codec.mint, changed, able };
  if (hasTasks) serveTasks(server, able);
  const run = async (table, kind, { name, arguments: given = {} }, ctx) => {
    const [, work] = Object.hasOwn(table, name) ? table[name] : [];
    if (work === undefined) throw invalid(`There is no ${kind} ${name}.`);
    return work(given, ctx, helpers);
  };
  server.setRequestHandler("tools/list", () => ({
    tools: Object.entries(tools).map(([name, [description, , properties = {}]]) => ({ name, description, inputSchema: { type: "object", properties, required: Object.keys(properties) } })),
  }));
  server.setRequestHandler("tools/call", ({ params }, ctx) => run(tools, "tool", params, ctx));
  server.setRequestHandler("prompts/list", () => ({
    prompts: Object.entries(prompts).map(([name, [description, , names]]) => ({ name, description, arguments: names.map((each) => ({ name: each, description: each, required: true })) })),
  }));
  server.setRequestHandler("prompts/get", ({ params }, ctx) => run(prompts, "prompt", params, ctx));
  server.setRequestHandler("resources/list", () => ({ resources: Object.entries(resources).map(([uri, [description, { mimeType }]]) => ({ uri, name: uri, description, mimeType })) }));
  server.setRequestHandler("resources/templates/list", () => ({ resourceTemplates: [{ uriTemplate: "test://template/{id}/data", name: "template", description: "Made from its address", mimeType: "application/json" }] }));
  server.setRequestHandler("resources/read", ({ params: { uri } }) => {
    const content = resources[uri]?.[1] ?? fromTemplate(uri);
    if (content === undefined) throw invalid("Resource not found", { uri });
    return { contents: [{ uri, ...content }] };
  });
  server.setRequestHandler("resources/subscribe", () => ({}));
  server.setRequestHandler("resources/unsubscribe", () => ({}));
  server.setRequestHandler("completion/complete", ({ params: { argument } }) => {
    const values = ["paris", "park", "party"].filter((word) => word.startsWith(argument.value));
    return { completion: { values, total: values.length, hasMore: false } };
  });
  return server;
}

const modern = createMcpHandler(() => createEverything((what) => (what === "tools" ? modern.notify.toolsChanged() : modern.notify.promptsChanged()), true), { legacy: "reject" });
const serveModern = toNodeHandler(modern);
const sessions = new Map();

async function serveLegacy(asked, answer, body) {
  const id = asked.headers["mcp-session-id"];
  const known = sessions.get(id);
  if (known !== undefined) return known.handleRequest(asked, answer, body);
  if (id !== undefined) return refuse(answer, 404, "There is no such session.");
  const transport = new NodeStreamableHTTPServerTransport({ sessionIdGenerator: randomUUID, onsessioninitialized: (sessionId) => void sessions.set(sessionId, transport) });
  transport.onclose = () => sessions.delete(transport.sessionId);
  await createEverything(() => undefined, false).connect(transport);
  return transport.handleRequest(asked, answer, body);
}

function refuse(answer, status, message, code = -32_000, headers = {}) {
  answer.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify({ jsonrpc: "2.0", id: null, error: { code, message } }));
}

async function readBody(asked) {
  const chunks = [];
  for await (const chunk of asked) chunks.push(chunk);
  try {
    return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    return null;
  }
}

const hostIsHere = localhostHostValidation();
const originIsHere = localhostOriginValidation();

async function serve(asked, answer) {
  if (!hostIsHere(asked, answer) || !originIsHere(asked, answer)) return;
  if (values.bearer !== undefined && asked.headers.authorization !== `Bearer ${values.bearer}`) return refuse(answer, 401, "No.", -32_000, { "www-authenticate": "Bearer" });
  const body = await readBody(asked);
  if (body === null) return refuse(answer, 400, "That is no JSON.", -32_700);
  const isLegacy = eras === "legacy" || (eras === "both" && (await isLegacyRequest(await toWebRequest(asked, body), body)));
  await (isLegacy ? serveLegacy(asked, answer, body) : serveModern(asked, answer, body));
}

const server = createServer((asked, answer) => {
  serve(asked, answer).catch((error) => {
    console.error(error);
    answer.destroy();
  });
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/mcp`));
