// Tools of MCP servers for the AI SDK: node examples/ai-sdk.mjs URL
// The model is the SDK's own stand-in, so that this runs without an account: put yours in its place.
import { dynamicTool, generateText, jsonSchema, stepCountIs } from "ai";
import { MockLanguageModelV3 } from "ai/test";
import { createManager } from "mcpass";

const manager = await createManager({ servers: { notes: { type: "remote", url: process.argv[2] } }, configuration: false });

/** A server's tools, as the AI SDK takes them. A call that fails throws a McpassError, whose words the SDK passes on to the model. */
async function toolsFor(server) {
  const tools = await manager.tools(server);
  return Object.fromEntries(
    tools.map(({ name, description, inputSchema }) => [
      name,
      dynamicTool({ description, inputSchema: jsonSchema(inputSchema), execute: (input, { abortSignal }) => manager.callTool(server, name, input, { signal: abortSignal }) }),
    ]),
  );
}

const usage = { inputTokens: { total: 1 }, outputTokens: { total: 1 } };
const model = new MockLanguageModelV3({
  doGenerate: async ({ prompt }) => {
    const result = prompt.findLast(({ role }) => role === "tool")?.content[0].output;
    if (result === undefined) return { content: [{ type: "tool-call", toolCallId: "1", toolName: "add_numbers", input: '{"a":20,"b":22}' }], finishReason: { unified: "tool-calls" }, usage, warnings: [] };
    return { content: [{ type: "text", text: `The sum is ${result.value.content[0].text}.` }], finishReason: { unified: "stop" }, usage, warnings: [] };
  },
});

try {
  await manager.authenticate("notes");
  const { text, steps } = await generateText({ model, tools: await toolsFor("notes"), prompt: "What is 20 + 22?", stopWhen: stepCountIs(5) });
  console.log(`${text} (${steps.length} steps)`);
} finally {
  await manager.close();
}
