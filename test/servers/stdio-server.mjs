#!/usr/bin/env node
// A local MCP server on stdio (2025-11-25), with one habit by its first argument:
// (none) · silent: never answers · exit: ends at once with code 3 and a line on stderr · noisy: prints lines that are no messages.
import { createInterface } from "node:readline";

const habit = process.argv[2];
const tools = [
  { name: "add_numbers", description: "Adds two numbers", inputSchema: { type: "object", properties: { a: { type: "number" }, b: { type: "number" } } } },
  { name: "environment", description: "One variable of this process", inputSchema: { type: "object", properties: { name: { type: "string" } } } },
];

if (habit === "exit") {
  console.error("stdio-server: cannot start");
  process.exit(3);
}
if (habit === "noisy") console.log("Starting up…");

for await (const line of createInterface({ input: process.stdin })) {
  if (habit === "silent" || line.trim() === "") continue;
  const message = JSON.parse(line);
  if (message.id === undefined) continue;
  console.log(JSON.stringify({ jsonrpc: "2.0", id: message.id, ...answer(message) }));
}

function answer({ method, params = {} }) {
  if (method === "initialize") {
    return { result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "stdio-server", version: "1.0.0" } } };
  }
  if (method === "ping") return { result: {} };
  if (method === "tools/list") return { result: { tools } };
  if (method === "tools/call") return { result: { content: [{ type: "text", text: call(params) }] } };
  return { error: { code: -32601, message: `Method not found: ${method}` } };
}

function call({ name, arguments: args = {} }) {
  // Not in the list: for tests of what happens when a child ends in mid-call.
  if (name === "end") process.exit(3);
  return name === "add_numbers" ? String(Number(args.a) + Number(args.b)) : String(process.env[args.name]);
}
