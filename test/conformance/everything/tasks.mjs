// Tasks of 2026-07-28, the extension `io.modelcontextprotocol/tasks`, with the tools that the official scenarios of it expect to find.
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { acceptedContent, inputRequired, MissingRequiredClientCapabilityError, ProtocolError } from "@modelcontextprotocol/server";

export const extensions = { "io.modelcontextprotocol/tasks": {} };
const declares = (capabilities) => capabilities.extensions?.["io.modelcontextprotocol/tasks"] !== undefined;
const missing = () => new MissingRequiredClientCapabilityError({ requiredCapabilities: { extensions } });

const says = (words) => ({ content: [{ type: "text", text: words }] });
const elicit = (message, name, type) => ({ method: "elicitation/create", params: { message, requestedSchema: { type: "object", properties: { [name]: { type } }, required: [name] } } });
const tasks = new Map();

/** Begins the work: what the call is answered with. `ask` asks the client, and `signal` says that the task is cancelled. */
function begin(work) {
  const id = randomUUID();
  const createdAt = new Date().toISOString();
  const end = new AbortController();
  const task = { state: { taskId: id, status: "working", createdAt, lastUpdatedAt: createdAt, ttlMs: 60_000, pollIntervalMs: 100 }, asked: new Map(), end };
  const change = (more) => {
    if (!["completed", "failed", "cancelled"].includes(task.state.status)) task.state = { ...task.state, lastUpdatedAt: new Date().toISOString(), ...more };
  };
  const ask = (request) =>
    new Promise((resolve) => {
      task.asked.set(`input-${randomUUID()}`, { request, resolve });
      change({ status: "input_required" });
    });
  task.change = change;
  tasks.set(id, task);
  work(ask, end.signal).then(
    (result) => change({ status: "completed", result }),
    ({ code = -32_603, message }) => change({ status: "failed", error: { code, message } }),
  );
  return { resultType: "task", ...task.state };
}

/** A tool that is a task for whoever declares them. For others it is a call like any other, or refused where it `must` be a task. */
function asTask(work, { must = false, atOnce = () => false } = {}) {
  return (given, ctx, { able }) => {
    const declared = declares(able(ctx));
    if (must && !declared) throw missing();
    return !declared || atOnce(given) ? work(given) : begin((ask, signal) => work(given, ask, signal));
  };
}

async function slow({ seconds, label }, _ask, signal) {
  await pause(seconds * 1_000, undefined, { signal });
  return says(`${label}: done`);
}

async function confirm({ filename }, ask) {
  const { action, content } = await ask(elicit(`Delete ${filename}?`, "confirm", "boolean"));
  return says(action === "accept" && content.confirm ? `${filename} is deleted.` : `${filename} is kept.`);
}

async function both(_given, ask) {
  const answers = await Promise.all(["one", "two"].map((which) => ask(elicit(`And ${which}?`, "name", "string"))));
  return says(JSON.stringify(answers));
}

/** Asks before there is a task. */
function greetLater(_given, ctx, { able }) {
  if (!declares(able(ctx))) throw missing();
  const name = acceptedContent(ctx.mcpReq.inputResponses, "user_name")?.name;
  return name === undefined ? inputRequired({ inputRequests: { user_name: elicit("What is your name?", "name", "string") } }) : begin(async () => says(`Hello, ${name}!`));
}

/** As in `contents.mjs`. */
export const taskTools = {
  greet: ["Greets", ({ name }) => says(`Hello, ${name}!`), { name: { type: "string" } }],
  slow_compute: ["Takes its time", asTask(slow, { atOnce: ({ seconds }) => seconds === 0 }), { seconds: { type: "number" }, label: { type: "string" } }],
  failing_job: ["Fails", asTask(async () => (await pause(200), { isError: true, ...says("It failed.") }), { must: true })],
  protocol_error_job: ["Breaks", asTask(async () => Promise.reject(new ProtocolError(-32_603, "It broke.")), { must: true })],
  confirm_delete: ["Asks first", asTask(confirm, { must: true }), { filename: { type: "string" } }],
  multi_input: ["Asks twice at once", asTask(both, { must: true })],
  test_tool_with_task: ["Asks, and then takes its time", greetLater],
};

/** The requests about tasks. */
export function serveTasks(server, able) {
  const params = { "~standard": { version: 1, vendor: "mcpass", validate: (value) => ({ value }) } };
  const handle = (method, answer) =>
    server.setRequestHandler(method, { params }, (given, ctx) => {
      if (!declares(able(ctx))) throw missing();
      const task = tasks.get(given.taskId);
      if (task === undefined) throw new ProtocolError(-32_602, `There is no task ${given.taskId}.`);
      return answer(task, ctx.mcpReq.inputResponses ?? {});
    });
  handle("tasks/get", ({ state, asked }) => ({ ...state, ...(state.status === "input_required" ? { inputRequests: Object.fromEntries([...asked].map(([key, { request }]) => [key, request])) } : {}) }));
  handle("tasks/update", ({ asked, change }, inputResponses) => {
    for (const [key, answer] of Object.entries(inputResponses)) {
      asked.get(key)?.resolve(answer);
      asked.delete(key);
    }
    if (asked.size === 0) change({ status: "working" });
    return {};
  });
  handle("tasks/cancel", ({ change, end }) => {
    change({ status: "cancelled" });
    end.abort();
    return {};
  });
}
