import { readBearerChallenge, type BearerChallenge } from "../../src/oauth/challenge.ts";
import { discover, type Discovery, type DiscoveryQuestion, type DiscoverySettings } from "../../src/oauth/discovery.ts";
import { createHttpFetch } from "../../src/surfaces/node/http-fetch.ts";
import { outgoingFor, type World } from "./outgoing-for.ts";

export interface DiscoverOptions extends Partial<Omit<DiscoveryQuestion, "serverUrl" | "settings">> {
  readonly settings?: DiscoverySettings;
  readonly world?: World;
  readonly allowPrivate?: boolean;
}

/** Discovery for one server; unless told otherwise without a challenge, without settings, and as while a person signs in. */
export function discoverFor(serverUrl: string, options: DiscoverOptions = {}): Promise<Discovery> {
  const { world, allowPrivate = false, ...question } = options;
  const outgoing = outgoingFor(serverUrl, world === undefined ? { allowPrivate } : { allowPrivate, world });
  return discover(outgoing, { serverUrl, challenge: undefined, serverHeaders: {}, settings: {}, knownIssuers: [], guessEndpoints: true, ...question });
}

/** What the server's own 401 to a first message says. */
export async function challengeOf(serverUrl: string): Promise<BearerChallenge | undefined> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: {} });
  const answer = await createHttpFetch()(serverUrl, { method: "POST", headers: { "content-type": "application/json" }, body });
  return readBearerChallenge(answer.headers.get("www-authenticate"));
}
