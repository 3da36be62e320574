// A plain agent loop over MCP servers: node examples/agent-loop.mjs URL… (without one: the servers of the configuration files)
// The model is a script that stands in for yours; what it is given and what it answers has the usual shape.
import { createManager, findMcpassError } from "mcpass";

const urls = process.argv.slice(2);
const servers = Object.fromEntries(urls.map((url, index) => [`server${index + 1}`, { type: "remote", url }]));
const manager = await createManager({ servers, configuration: urls.length === 0 });
manager.subscribe((event) => event.type === "authorization.begun" && console.log(`Sign in to ${event.server} in the browser.`));

/** What the model may call: every tool of every server that can be used, under a name that tells them apart. */
async function collectTools() {
  const tools = new Map();
  for (const server of manager.names()) {
    try {
      for (const tool of await toolsOf(server)) tools.set(`${server}_${tool.name}`, { server, tool });
    } catch (thrown) {
      const error = findMcpassError(thrown);
      console.log(`Without ${server}: ${error?.message}${error?.hint === undefined ? "" : ` (${error.hint})`}`);
    }
  }
  return tools;
}

/** Signs in where that is what is missing; the grant is kept, so the next run asks nobody. */
async function toolsOf(server) {
  try {
    return await manager.tools(server);
  } catch (thrown) {
    if (findMcpassError(thrown)?.code !== "sign_in_required") throw thrown;
    await manager.authenticate(server);
    return manager.tools(server);
  }
}

/** A tool that fails is the model's to know of, with the reason; it is no end of the loop. */
async function call({ server, tool }, input) {
  try {
    const { content, isError } = await manager.callTool(server, tool.name, input, { signal: AbortSignal.timeout(60_000) });
    return { isError: isError === true, text: content.map((block) => block.text ?? `(${block.type})`).join("\n") };
  } catch (thrown) {
    return { isError: true, text: findMcpassError(thrown)?.message ?? "It failed." };
  }
}

/** Stands in for a model: adds two numbers, asks who it is, says what came back. */
function model(messages, tools) {
  const results = messages.filter(({ role }) => role === "tool");
  const find = (name) => tools.find((tool) => tool.name.endsWith(`_${name}`))?.name;
  if (results.length === 0) return { calls: [{ name: find("add_numbers"), input: { a: 20, b: 22 } }, { name: find("whoami"), input: {} }] };
  return { text: `The sum is ${results[0].text}. I am ${results[1].text}.` };
}

try {
  const tools = await collectTools();
  const offered = [...tools].map(([name, { tool }]) => ({ name, description: tool.description, parameters: tool.inputSchema }));
  const messages = [{ role: "user", text: "What is 20 + 22, and who are you there?" }];
  for (let turn = 0; turn < 10; turn += 1) {
    const { text, calls = [] } = model(messages, offered);
    if (text !== undefined) {
      console.log(text);
      break;
    }
    const results = await Promise.all(calls.map(async ({ name, input }) => ({ role: "tool", name, ...(tools.has(name) ? await call(tools.get(name), input) : { isError: true, text: "There is no such tool." }) })));
    messages.push({ role: "assistant", calls }, ...results);
  }
} finally {
  await manager.close();
}
