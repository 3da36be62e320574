import type { RpcId } from "../relay/frame.ts";
import { mergedUri, type Place } from "./merged-names.ts";

/** What `subscriptions/listen` of a host is called among what lasts. */
export function listenKey(id: RpcId): string {
  return `listen ${JSON.stringify(id)}`;
}

/** Resources that a host follows by the URIs of their servers themselves: it is told of them by those. */
export class OwnUris {
  readonly #followed = new Map<string, readonly Place[]>();

  /** `key`: of what lasts. */
  keep(key: string, places: readonly Place[]): void {
    this.#followed.set(key, places);
  }

  forget(key: string): void {
    this.#followed.delete(key);
  }

  /** What an updated resource, or the part of one that is followed, is called for the host; for this listening of its own, where it has one. */
  uriFor({ server, name }: Place, listening: RpcId | undefined): string {
    const followed = listening === undefined ? [...this.#followed.values()].flat() : (this.#followed.get(listenKey(listening)) ?? []);
    return followed.some((place) => place.server === server && name.startsWith(place.name)) ? name : mergedUri({ server, name });
  }
}
