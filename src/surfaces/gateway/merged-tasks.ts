import { isRecord } from "../../connection/json-rpc.ts";
import type { RpcObject } from "../relay/frame.ts";
import { objectOf } from "../relay/revision-words.ts";
import { declaresTasks, relatedTask, tasksExtension } from "../relay/tasks.ts";
import { mergedUri, readMergedUri, withMergedUris } from "./merged-names.ts";

/** A result or parameters of a server's, with its tasks as they are called where all servers are one, in either revision's places. */
export function withMergedTasks(server: string, content: RpcObject): RpcObject {
  const { result } = content;
  return { ...renamed(content, (name) => mergedUri({ server, name })), ...(isRecord(result) ? { result: withMergedUris(server, result) } : {}) };
}

/** What a host says to a server, with this server's tasks as it calls them itself. */
export function withOwnTasks(server: string, content: RpcObject): RpcObject {
  return renamed(content, (id) => {
    const place = readMergedUri(id);
    return place?.server === server ? place.name : id;
  });
}

function renamed(content: RpcObject, rename: (id: string) => string): RpcObject {
  const { taskId, task, _meta } = content;
  const related = objectOf(_meta)[relatedTask];
  return {
    ...content,
    ...(typeof taskId === "string" ? { taskId: rename(taskId) } : {}),
    ...(isRecord(task) ? { task: renamed(task, rename) } : {}),
    ...(isRecord(related) ? { _meta: { ...objectOf(_meta), [relatedTask]: renamed(related, rename) } } : {}),
  };
}

/** A message that says nothing of tasks need not be looked into. */
export function speaksOfTasks(text: string): boolean {
  return text.includes('"taskId"');
}

/** Of capabilities: what one of the servers can do with tasks, in the words of the host's era. */
export function mergedTaskCapabilities(all: readonly RpcObject[], modern: boolean): RpcObject {
  if (modern) return all.some(declaresTasks) ? { extensions: { [tasksExtension]: {} } } : {};
  const tasks = all.flatMap(({ tasks: each }) => (isRecord(each) ? [each] : []));
  if (tasks.length === 0) return {};
  const has = (name: string): RpcObject => (tasks.some((each) => each[name] !== undefined) ? { [name]: {} } : {});
  return { tasks: { ...has("list"), ...has("cancel"), ...(tasks.some(callsTools) ? { requests: { tools: { call: {} } } } : {}) } };
}

/** Of the capability `tasks` of 2025-11-25. */
export function callsTools({ requests }: RpcObject): boolean {
  return objectOf(objectOf(requests)["tools"])["call"] !== undefined;
}
