import { type GatewayTokens, openGatewayTokens } from "../../access/gateway-tokens.ts";
import type { GatewayRules } from "../../config/configuration.ts";
import type { Endpoint, FindEndpoint } from "./endpoint.ts";
import { createGateway, type Gateway, type GatewayOptions } from "./gateway.ts";
import { createGatewayServers, type ServerParts } from "./gateway-servers.ts";
import { MergedTalk } from "./merged-talk.ts";

/** The gateway of `mcpass serve`, over the servers of its manager. */
export function openGateway(options: Omit<ServerParts, "rules"> & Pick<GatewayOptions, "onInternal"> & { readonly rules: GatewayRules | undefined; readonly dataDirectory: string; readonly say: (text: string) => void }): Gateway {
  const { rules = { allow: undefined, deny: [], tools: {}, search: false }, now, onInternal, dataDirectory } = options;
  const servers = createGatewayServers({ ...options, rules });
  const say = once(options.say);
  const merged: Endpoint = { name: "", isCurrent: () => true, open: (host) => new MergedTalk({ servers, search: rules.search, say }, host) };
  const find: FindEndpoint = (name) => (name === "" ? merged : servers.require(name));
  return createGateway({ find, now, onInternal, stillKnown: holders(openGatewayTokens(dataDirectory, now)) });
}

/** Of the callers that the guard names: whoever shows the server's own token, and the hashes of clients' tokens that are not revoked. */
function holders(tokens: Pick<GatewayTokens, "list">): GatewayOptions["stillKnown"] {
  return (callers) => {
    const known = new Set(["serve"]);
    if ([...callers].every((caller) => known.has(caller))) return known;
    try {
      return new Set([...known, ...tokens.list().map(({ hash }) => hash)]);
    } catch {
      // The guard lets nobody in by a list that cannot be read.
      return known;
    }
  };
}

/** Of what is true for every client and at every request, each is said one time. */
function once(say: (text: string) => void): (text: string) => void {
  const said = new Set<string>();
  return (text) => {
    if (said.has(text)) return;
    said.add(text);
    say(text);
  };
}
