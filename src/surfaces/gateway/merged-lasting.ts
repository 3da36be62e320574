import { type Frame, makeFrame, paramsOf, type RpcObject } from "../relay/frame.ts";
import type { Listening } from "../relay/listen-desk.ts";
import { mergedUri, type Place, readMergedUri } from "./merged-names.ts";
import type { Part } from "./merged-part.ts";
import type { MergedParts } from "./merged-parts.ts";
import { listenKey } from "./own-uris.ts";

/** Has each server tell what it has of what a host of 2026-07-28 listens to, and those that come. Resources that the host calls as their servers do are looked for meanwhile. */
export async function listenTo(parts: MergedParts, frame: Frame, { filter, signal }: Pick<Listening, "filter" | "signal">, meta: RpcObject): Promise<void> {
  if (frame.id === undefined) return;
  const key = listenKey(frame.id);
  parts.lasts(key, tell(frame, filter));
  const uris = urisOf(filter["resourceSubscriptions"]);
  const unplaced = uris.filter((uri) => readMergedUri(uri) === undefined);
  const owners = await Promise.all(unplaced.map(async (uri) => ({ part: await parts.owner(uri, meta), uri })));
  const places = owners.flatMap(({ part, uri }) => (part === undefined ? [] : [{ server: part.server.name, name: uri }]));
  if (places.length === 0 || signal.aborted) return;
  parts.own.keep(key, places);
  parts.lasts(key, tell(frame, { ...filter, resourceSubscriptions: [...uris, ...places.map(mergedUri)] }));
}

/** A subscription of a host before 2026-07-28 is one to whoever has that name later, too. `asIs`: the host calls it as its server does. */
export function keepSubscription(parts: MergedParts, method: string | undefined, place: Place, asIs: boolean): void {
  const key = `resource ${mergedUri(place)}`;
  const { server, name: uri } = place;
  if (method === "resources/unsubscribe") parts.forget(key);
  if (method !== "resources/subscribe") return;
  parts.remember(key, (part) => void (part.server.name === server ? part.ask(method, { uri }) : undefined));
  parts.own.keep(key, asIs ? [place] : []);
}

function tell(frame: Frame, filter: RpcObject): (part: Part) => void {
  return (part) => {
    const notifications = { ...filter, resourceSubscriptions: ownOf(part, filter["resourceSubscriptions"]), taskIds: ownOf(part, filter["taskIds"]) };
    void part.take(makeFrame({ ...frame.message(), params: { ...paramsOf(frame), notifications } }));
  };
}

/** What this server has of a list of resources or tasks; undefined: nothing. */
function ownOf({ server }: Part, list: unknown): readonly string[] | undefined {
  const places = urisOf(list).flatMap((each) => readMergedUri(each) ?? []);
  const own = places.filter((place) => place.server === server.name).map(({ name }) => name);
  return own.length === 0 ? undefined : own;
}

function urisOf(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.map(String) : [];
}
