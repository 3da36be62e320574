import { once } from "node:events";
import { expect, test } from "vitest";
import { openWalk } from "../rig/walk.ts";
import { type Asked, json, type Reply } from "../servers/listener.ts";

interface Rpc {
  readonly id?: number | string;
  readonly method?: string;
  readonly result?: unknown;
}

const requestedSchema = { type: "object", properties: { folder: { type: "string" }, all: { type: "boolean", default: false } }, required: ["folder"] };

/** One tool, which reports how far it is, asks the person, and gives back what it was told. */
function asking(): (asked: Asked) => Reply {
  const answers = new EventTarget();
  const answer = ({ id }: Rpc, result: object): Reply => json(200, { jsonrpc: "2.0", id, result });
  return ({ method, body }) => {
    const message = method === "POST" ? (JSON.parse(body) as Rpc) : undefined;
    if (message === undefined) return { status: 405 };
    if (message.result !== undefined) answers.dispatchEvent(new CustomEvent("answer", { detail: message.result }));
    if (message.method === undefined || message.id === undefined) return { status: 202 };
    if (message.method === "initialize") return answer(message, { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "asking", version: "1" } });
    if (message.method === "tools/list") return answer(message, { tools: [{ name: "tidy", inputSchema: { type: "object" } }] });
    if (message.method !== "tools/call") return json(400, { jsonrpc: "2.0", id: message.id, error: { code: -32601, message: "Method not found" } });
    return {
      status: 200,
      headers: { "content-type": "text/event-stream" },
      stream: async (response) => {
        response.write(`data: ${JSON.stringify({ jsonrpc: "2.0", id: "q1", method: "elicitation/create", params: { message: "Which folder?", requestedSchema } })}\n\n`);
        const [event] = (await once(answers, "answer")) as [CustomEvent<unknown>];
        response.end(`data: ${JSON.stringify({ jsonrpc: "2.0", id: message.id, result: { content: [{ type: "text", text: `told ${JSON.stringify(event.detail)}` }] } })}\n\n`);
      },
    };
  };
}

test("a server that asks during a call is answered in the screen: its question names it, the form is its schema's, the call goes on", async () => {
  const walk = await openWalk();
  const server = await walk.bystander("asking", asking());
  await walk.configure({ asker: { type: "remote", url: `${server.origin}/mcp` } });
  const session = walk.terminal(["tui"], { env: { LANG: "C.UTF-8" }, columns: 100, rows: 30 });
  await session.waitFor(/• asker +Connected/);
  session.type("t");
  await session.waitFor(/› tidy/);
  session.type("\r");
  await session.waitFor(/enter call: nothing has to be filled in/);
  session.type("\r");
  await session.waitFor(/asker asks {2}esc cancels · ctrl-d declines\nWhich folder\?[^]*› folder \*/);
  session.type("home\t \r");
  await session.waitFor(/told \{"action":"accept","content":\{"folder":"home","all":true\}\}/);
  expect(session.screen()).toMatch(/⊙ 1 MCP/);
  session.type("\u001b");
  await session.waitFor(/enter call/);
  session.type("\r");
  await session.waitFor(/Which folder/);
  session.resize(70, 20);
  await session.waitFor(/ctrl-d declines/);
  session.type("\u0004");
  await session.waitFor(/told \{"action":"decline"\}/);
});
