import type { GatewayRules } from "../../config/configuration.ts";
import type { Endpoint, FindEndpoint } from "./endpoint.ts";
import { createGateway, type Gateway, type GatewayOptions } from "./gateway.ts";
import { createGatewayServers, type ServerParts } from "./gateway-servers.ts";
import { MergedTalk } from "./merged-talk.ts";

/** The gateway of `mcpass serve`, over the servers of its manager. */
export function openGateway(options: Omit<ServerParts, "rules"> & Pick<GatewayOptions, "onInternal"> & { readonly rules: GatewayRules | undefined }): Gateway {
  const { rules = { allow: undefined, deny: [], tools: {}, search: false }, now, onInternal } = options;
  const servers = createGatewayServers({ ...options, rules });
  const merged: Endpoint = { name: "", isCurrent: () => true, open: (host) => new MergedTalk({ servers, search: rules.search }, host) };
  const find: FindEndpoint = (name) => (name === "" ? merged : servers.require(name));
  return createGateway({ find, now, onInternal });
}
