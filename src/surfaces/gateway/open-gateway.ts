import { type GatewayTokens, openGatewayTokens } from "../../access/gateway-tokens.ts";
import type { GatewayRules } from "../../config/configuration.ts";
import type { Endpoint, FindEndpoint } from "./endpoint.ts";
import { createGateway, type Gateway, type GatewayOptions } from "./gateway.ts";
import { createGatewayServers, type ServerParts } from "./gateway-servers.ts";
import { createWarnings } from "../relay/warnings.ts";
import { MergedTalk } from "./merged-talk.ts";

/** The gateway of `mcpass serve`, over the servers of its manager. */
export function openGateway(options: Omit<ServerParts, "rules" | "warn"> & Pick<GatewayOptions, "onInternal"> & { readonly rules: GatewayRules | undefined; readonly dataDirectory: string; readonly say: (text: string) => void }): Gateway {
  const { rules = { allow: undefined, deny: [], tools: {}, search: false }, now, onInternal, dataDirectory } = options;
  const warn = createWarnings(options.say);
  const servers = createGatewayServers({ ...options, rules, warn });
  const merged: Endpoint = { name: "", isCurrent: () => true, open: (host) => new MergedTalk({ servers, search: rules.search, warn }, host) };
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
