import { type Frame, makeFrame, paramsOf, type RpcId, type RpcObject } from "../relay/frame.ts";
import { mergedUri, type Place, readMergedUri } from "./merged-names.ts";
import type { Part } from "./merged-part.ts";
import type { MergedParts } from "./merged-parts.ts";

/** What `subscriptions/listen` of a host is called among what lasts. */
export function listenKey(id: RpcId | undefined): string {
  return `listen ${JSON.stringify(id)}`;
}

/** Has one server tell what it has of that. */
export function listenTo(frame: Frame, filter: RpcObject): (part: Part) => void {
  return (part) => {
    const notifications = { ...filter, resourceSubscriptions: ownOf(part, filter["resourceSubscriptions"]), taskIds: ownOf(part, filter["taskIds"]) };
    void part.take(makeFrame({ ...frame.message(), params: { ...paramsOf(frame), notifications } }));
  };
}

/** A subscription of a host before 2026-07-28 is one to whoever has that name later, too. */
export function keepSubscription(parts: MergedParts, method: string | undefined, { server, name: uri }: Place): void {
  const key = `resource ${mergedUri({ server, name: uri })}`;
  if (method === "resources/unsubscribe") parts.forget(key);
  if (method !== "resources/subscribe") return;
  parts.remember(key, (part) => void (part.server.name === server ? part.ask(method, { uri }) : undefined));
}

/** What this server has of a list of resources or tasks; undefined: nothing. */
function ownOf({ server }: Part, list: unknown): readonly string[] | undefined {
  const places = Array.isArray(list) ? list.flatMap((each) => readMergedUri(String(each)) ?? []) : [];
  const own = places.filter((place) => place.server === server.name).map(({ name }) => name);
  return own.length === 0 ? undefined : own;
}
