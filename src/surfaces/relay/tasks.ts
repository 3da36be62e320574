import { type Frame, makeFrame, type RpcObject } from "./frame.ts";
import { isModern, metaKeys, metaOf, objectOf } from "./revision-words.ts";

/** Tasks of 2026-07-28, as clients and servers declare them. Those of 2025-11-25 are the capability `tasks`, and something else on the wire. */
export const tasksExtension = "io.modelcontextprotocol/tasks";
/** Says to which task a message belongs. 2025-11-25 */
export const relatedTask = "io.modelcontextprotocol/related-task";

export function declaresTasks(capabilities: unknown): boolean {
  return objectOf(objectOf(capabilities)["extensions"])[tasksExtension] !== undefined;
}

export function withTasksDeclared(capabilities: RpcObject): RpcObject {
  return { ...capabilities, extensions: { ...objectOf(capabilities["extensions"]), [tasksExtension]: {} } };
}

/** What remains of capabilities on the way to a host or a server of the other era. */
export function withoutTasks({ tasks: _tasks, extensions, ...rest }: RpcObject): RpcObject {
  const { [tasksExtension]: _declared, ...others } = objectOf(extensions);
  return Object.keys(others).length === 0 ? rest : { ...rest, extensions: others };
}

/** The answer where host and server are of different eras: no task of the one is one of the other. undefined: it asks for no task. */
export function refuseTasks({ id, method }: Frame): Frame | undefined {
  if (method?.startsWith("tasks/") !== true) return undefined;
  return makeFrame({ jsonrpc: "2.0", id, error: { code: -32_601, message: `${method.slice(0, 100)}: this server's tasks are of another revision of MCP than this client's, and there are none between them. Tools are called without.` } });
}

/** What the specification asks of a server that a client did not tell of tasks. MCP 2026-07-28, tasks extension */
export function missingTasks({ id }: Frame): Frame {
  return makeFrame({ jsonrpc: "2.0", id, error: { code: -32_021, message: `The client did not declare ${tasksExtension}.`, data: { requiredCapabilities: withTasksDeclared({}) } } });
}

/** A task for a host whose request did not say that it knows them. */
export function isUnwantedTask(asked: Frame, answer: Frame): boolean {
  if (asked.method !== "tools/call" || answer.text.length > 64 * 1024 || !answer.text.includes('"task"') || !isModern(asked)) return false;
  return objectOf(answer.message()["result"])["resultType"] === "task" && !declaresTasks(metaOf(asked)[metaKeys.clientCapabilities]);
}

/** What belongs to a task of which the host knows nothing. */
export function withoutRelatedTask(content: RpcObject): RpcObject {
  const { _meta, ...rest } = content;
  const { [relatedTask]: related, ...others } = objectOf(_meta);
  return related === undefined ? content : { ...rest, ...(Object.keys(others).length === 0 ? {} : { _meta: others }) };
}
