import type { GatewayRules } from "../../config/configuration.ts";
import type { FindEndpoint } from "./endpoint.ts";
import { createGateway, type Gateway, type GatewayOptions } from "./gateway.ts";
import { createGatewayServers, type ServerParts } from "./gateway-servers.ts";

/** The gateway of `mcpass serve`, over the servers of its manager. */
export function openGateway(options: Omit<ServerParts, "rules"> & Pick<GatewayOptions, "onInternal"> & { readonly rules: GatewayRules | undefined }): Gateway {
  const { rules = { allow: undefined, deny: [], tools: {}, search: false }, now, onInternal } = options;
  const servers = createGatewayServers({ ...options, rules });
  const find: FindEndpoint = (name) => servers.require(name);
  return createGateway({ find, now, onInternal });
}
