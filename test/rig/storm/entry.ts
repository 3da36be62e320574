import type { RemoteEntry } from "../../../src/config/server-entry.ts";

/** The one configured server of a storm. */
export function entryFor(url: string, callbackPort?: number): RemoteEntry {
  const oauth = callbackPort === undefined ? undefined : { callbackPort };
  return { type: "remote", url, headers: {}, oauth, enabled: true, timeout: { connectMs: 10_000, requestMs: 30_000 }, account: undefined, allowPrivate: false, transport: "auto", protocol: "auto" };
}
