// What the official server scenarios expect to find: tools, prompts and resources of fixed names, as their descriptions in the suite have them.
import { acceptedContent, inputRequired, MissingRequiredClientCapabilityError } from "@modelcontextprotocol/server";

/** The smallest PNG and WAV. */
const image = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==";
const audio = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";

const text = (words) => ({ type: "text", text: words });
const says = (...content) => ({ content });
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const object = (properties, required = Object.keys(properties)) => ({ type: "object", properties, required });
const string = { type: "string" };
const user = (content) => ({ role: "user", content });

/** Asks once, and takes it for unanswered as long as the answer has no such content. */
function asking(requests, finish) {
  return (_given, { mcpReq }) => {
    const { inputResponses: answers } = mcpReq;
    const open = Object.keys(requests).filter((key) => !answered(requests[key], answers, key));
    return open.length === 0 ? finish(answers) : inputRequired({ inputRequests: Object.fromEntries(open.map((key) => [key, requests[key]])) });
  };
}

function answered({ method }, answers, key) {
  if (method === "elicitation/create") return acceptedContent(answers, key) !== undefined;
  return typeof answers?.[key] === "object" && answers[key] !== null && ("roots" in answers[key] || "content" in answers[key]);
}

const elicit = (message, requestedSchema) => ({ method: "elicitation/create", params: { message, requestedSchema } });
const sample = (words, maxTokens) => ({ method: "sampling/createMessage", params: { messages: [user(text(words))], maxTokens } });
const roots = { method: "roots/list", params: {} };
const name = elicit("What is your name?", object({ name: string }));

const said = ({ action, content }) => `action=${action}, content=${JSON.stringify(content ?? {})}`;
const asked = (message, schema) => asking({ answer: elicit(message, schema) }, ({ answer }) => says(text(`Elicitation completed: ${said(answer)}`)));

const options = ["option1", "option2", "option3"];
const titled = (key, titles) => titles.map((title, index) => ({ const: `${key}${index + 1}`, title }));
const enums = object({
  untitledSingle: { type: "string", enum: options },
  titledSingle: { type: "string", oneOf: titled("value", ["First Option", "Second Option", "Third Option"]) },
  legacyEnum: { type: "string", enum: ["opt1", "opt2", "opt3"], enumNames: ["Option One", "Option Two", "Option Three"] },
  untitledMulti: { type: "array", items: { type: "string", enum: options } },
  titledMulti: { type: "array", items: { anyOf: titled("value", ["First Choice", "Second Choice", "Third Choice"]) } },
}, []);
const defaults = object({
  name: { type: "string", default: "John Doe" },
  age: { type: "integer", default: 30 },
  score: { type: "number", default: 95.5 },
  status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
  verified: { type: "boolean", default: true },
}, []);

const capabilityOf = { "elicitation/create": "elicitation", "sampling/createMessage": "sampling", "roots/list": "roots" };
const every = { user_name: name, greeting: sample("Generate a greeting", 50), client_roots: roots };

/** Signed state: the codec refuses what was changed. */
const withState = (key, request, finish) => async (_given, ctx, { mint }) => {
  const { mcpReq } = ctx;
  const state = mcpReq.requestState();
  if (state === undefined || mcpReq.inputResponses?.[key] === undefined) return inputRequired({ inputRequests: { [key]: request }, requestState: await mint({ key }) });
  return finish(state);
};

async function inRounds(_given, { mcpReq }, { mint }) {
  const state = mcpReq.requestState();
  const ask = async (round, request) => inputRequired({ inputRequests: { [`step${round}`]: request }, requestState: await mint({ round }) });
  if (state === undefined) return ask(1, elicit("Step 1: What is your name?", object({ name: string })));
  if (state.round === 1) return ask(2, elicit("Step 2: What is your favorite color?", object({ color: string })));
  return says(text("Both steps are done."));
}

async function logs(_given, { mcpReq }) {
  for (const words of ["Tool execution started", "Tool processing data", "Tool execution completed"]) {
    await mcpReq.log("info", words);
    await pause(50);
  }
  return says(text("It was logged."));
}

async function progresses(_given, { mcpReq }) {
  const progressToken = mcpReq._meta?.progressToken;
  for (const progress of [0, 50, 100]) {
    if (progressToken !== undefined) await mcpReq.notify({ method: "notifications/progress", params: { progressToken, progress, total: 100 } });
    await pause(50);
  }
  return says(text("It went on."));
}

/** Name → [what it says of itself, what it does, its parameters]. */
export const tools = {
  test_simple_text: ["Text", () => says(text("This is a simple text response for testing."))],
  test_image_content: ["An image", () => says({ type: "image", data: image, mimeType: "image/png" })],
  test_audio_content: ["A sound", () => says({ type: "audio", data: audio, mimeType: "audio/wav" })],
  test_embedded_resource: ["A resource", () => says({ type: "resource", resource: { uri: "test://embedded-resource", mimeType: "text/plain", text: "This is an embedded resource content." } })],
  test_multiple_content_types: [
    "Text, an image and a resource",
    () => says(text("Multiple content types test:"), { type: "image", data: image, mimeType: "image/png" }, { type: "resource", resource: { uri: "test://mixed-content-resource", mimeType: "application/json", text: '{"test":"data","value":123}' } }),
  ],
  test_tool_with_logging: ["Logs", logs],
  test_logging_tool: ["Logs as well", logs],
  test_tool_with_progress: ["Tells of its progress", progresses],
  test_error_handling: ["Fails", () => ({ isError: true, ...says(text("This tool intentionally returns an error for testing")) })],
  test_sampling: ["Asks the client's model", (given, ctx) => asking({ answer: sample(given.prompt, 100) }, ({ answer }) => says(text(`LLM response: ${answer.content.text}`)))(given, ctx), { prompt: string }],
  test_elicitation: [
    "Asks the person",
    (given, ctx) => asking({ answer: elicit(given.message, object({ username: { type: "string", description: "User's response" }, email: { type: "string", description: "User's email address" } })) }, ({ answer }) => says(text(`User response: ${said(answer)}`)))(given, ctx),
    { message: string },
  ],
  test_elicitation_sep1034_defaults: ["Asks with defaults", asked("Please look at the defaults", defaults)],
  test_elicitation_sep1330_enums: ["Asks for choices", asked("Please choose", enums)],
  test_streaming_elicitation: ["Asks the person in a stream", asked("Please say something", object({ answer: string }))],
  test_missing_capability: [
    "Needs sampling",
    (_given, ctx, { able }) => {
      if (able(ctx).sampling === undefined) throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { sampling: {} } });
      return says(text("The client can."));
    },
  ],
  test_trigger_tool_change: ["Tells that the tools have changed", async (_given, _ctx, { changed }) => says(text(await changed("tools")))],
  test_trigger_prompt_change: ["Tells that the prompts have changed", async (_given, _ctx, { changed }) => says(text(await changed("prompts")))],
  test_input_required_result_elicitation: ["Asks a name", asking({ user_name: name }, ({ user_name: { content } }) => says(text(`Hello, ${content.name}!`)))],
  test_input_required_result_sampling: ["Asks a model", asking({ capital_question: sample("What is the capital of France?", 100) }, ({ capital_question: { content } }) => says(text(content.text)))],
  test_input_required_result_list_roots: ["Asks for roots", asking({ client_roots: roots }, ({ client_roots: answer }) => says(text(JSON.stringify(answer.roots))))],
  test_input_required_result_request_state: ["Asks with a state", withState("confirm", elicit("Please confirm", object({ ok: { type: "boolean" } })), () => says(text("state-ok")))],
  test_input_required_result_tampered_state: ["Asks with a state that is signed", withState("confirm", elicit("Please confirm", object({ ok: { type: "boolean" } })), () => says(text("state-ok")))],
  test_input_required_result_multiple_inputs: [
    "Asks three things",
    async (given, ctx, { mint }) => {
      const result = asking(every, () => says(text("All three are answered.")))(given, ctx);
      return "content" in result ? result : { ...result, requestState: await mint({}) };
    },
  ],
  test_input_required_result_multi_round: ["Asks in rounds", inRounds],
  test_input_required_result_capabilities: [
    "Asks what the client can be asked",
    (_given, ctx, { able }) => inputRequired({ inputRequests: Object.fromEntries(Object.entries(every).filter(([, { method }]) => able(ctx)[capabilityOf[method]] !== undefined)) }),
  ],
};

/** Name → [what it says of itself, what it answers, its parameters]. */
export const prompts = {
  test_simple_prompt: ["A line", () => ({ messages: [user(text("This is a simple prompt for testing."))] }), []],
  test_prompt_with_arguments: ["A line with two values", ({ arg1, arg2 }) => ({ messages: [user(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`))] }), ["arg1", "arg2"]],
  test_prompt_with_embedded_resource: [
    "A resource",
    ({ resourceUri: uri }) => ({ messages: [user({ type: "resource", resource: { uri, mimeType: "text/plain", text: "Embedded resource content for testing." } }), user(text("Please process the embedded resource above."))] }),
    ["resourceUri"],
  ],
  test_prompt_with_image: ["An image", () => ({ messages: [user({ type: "image", data: image, mimeType: "image/png" }), user(text("Please analyze the image above."))] }), []],
  test_input_required_result_prompt: [
    "Asks first",
    asking({ user_context: elicit("What context should the prompt use?", object({ context: string })) }, ({ user_context: { content } }) => ({ messages: [user(text(`In the context of ${content.context}.`))] })),
    [],
  ],
};

export const resources = {
  "test://static-text": ["Text", { mimeType: "text/plain", text: "This is the content of the static text resource." }],
  "test://static-binary": ["An image", { mimeType: "image/png", blob: image }],
  "test://watched-resource": ["Text that may change", { mimeType: "text/plain", text: "Watched." }],
};

/** test://template/{id}/data */
export function fromTemplate(uri) {
  const [, id] = /^test:\/\/template\/([^/]+)\/data$/.exec(uri) ?? [];
  return id === undefined ? undefined : { mimeType: "application/json", text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) };
}
