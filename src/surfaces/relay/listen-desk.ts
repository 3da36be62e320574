import { paramsOf, type Frame, type RpcId, type RpcObject } from "./frame.ts";
import type { Host } from "./host.ts";
import { metaKeys, metaOf, objectOf } from "./revision-words.ts";

/** What a host of 2026-07-28 listens to. */
export interface Listening {
  readonly filter: RpcObject;
  /** Of the request that began it. */
  readonly meta: RpcObject;
  readonly signal: AbortSignal;
  /** Tells it to the host, as a part of this subscription. */
  readonly tell: (method: string, params: RpcObject) => Promise<void>;
}

/** `subscriptions/listen` of the host: acknowledged at once, held open whatever happens to the server, ended by the host. */
export interface ListenDesk {
  begin(frame: Frame, follow: (listening: Listening) => void): Promise<void>;
  /** False: no such subscription. */
  end(id: RpcId): boolean;
  /** Tells whoever listens to it. */
  emit(method: string, params?: RpcObject): void;
  /** Nobody is listened for any more. */
  close(): void;
}

const members: Readonly<Record<string, string>> = {
  "notifications/tools/list_changed": "toolsListChanged",
  "notifications/prompts/list_changed": "promptsListChanged",
  "notifications/resources/list_changed": "resourcesListChanged",
};

export function createListenDesk(host: Host): ListenDesk {
  const open = new Map<RpcId, Listening & { readonly controller: AbortController }>();
  return {
    begin: async (frame, follow) => {
      if (frame.id === undefined) return;
      const controller = new AbortController();
      const { id } = frame;
      const tell = (method: string, params: RpcObject): Promise<void> => host.tell({ method, params: { ...params, _meta: { ...objectOf(params["_meta"]), [metaKeys.subscriptionId]: id } } }, id);
      const listening = { filter: objectOf(paramsOf(frame)["notifications"]), meta: metaOf(frame), signal: controller.signal, tell, controller };
      open.get(id)?.controller.abort();
      open.set(id, listening);
      await tell("notifications/subscriptions/acknowledged", { notifications: listening.filter });
      follow(listening);
    },
    end: (id) => {
      open.get(id)?.controller.abort();
      return open.delete(id);
    },
    close: () => {
      for (const { controller } of open.values()) controller.abort();
      open.clear();
    },
    emit: (method, params = {}) => {
      for (const { filter, tell } of open.values()) if (wants(filter, method, params)) void tell(method, params);
    },
  };
}

/** An update may be of a part of what is subscribed to: those are told by their beginning. */
function wants(filter: RpcObject, method: string, params: RpcObject): boolean {
  const member = members[method];
  if (member !== undefined) return filter[member] === true;
  const { resourceSubscriptions } = filter;
  return method === "notifications/resources/updated" && Array.isArray(resourceSubscriptions) && resourceSubscriptions.some((uri) => typeof uri === "string" && String(params["uri"]).startsWith(uri));
}
