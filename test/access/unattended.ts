import type { OAuthSettings, RemoteEntry } from "../../src/config/server-entry.ts";
import { canary } from "../rig/canary.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import type { ResourceServer, ResourceServerOptions } from "../servers/resource-server.ts";
import { openWorld, remote, type World } from "./world.ts";

export const secret = canary("machine-secret");

export interface Unattended {
  readonly world: World;
  readonly issuer: AuthorizationServer;
  readonly server: ResourceServer;
  readonly entry: RemoteEntry;
}

/** An issuer that registers nobody, a server that trusts it, and an entry with this grant. */
export async function openUnattended(oauth: OAuthSettings, issuerOptions: AuthorizationServerOptions = {}, serverOptions: ResourceServerOptions = {}): Promise<Unattended> {
  const world = await openWorld();
  const issuer = await world.issuer({ registration: "off", refreshTokens: "never", ...issuerOptions });
  const server = await world.resource({ trusts: issuer, ...serverOptions });
  return { world, issuer, server, entry: remote(server.url, { oauth }) };
}

/** The parameters of the token request at this place of the ledger. */
export function tokenForm(world: World, at = 0): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(world.ledger.find({ path: "/token" })[at]?.body));
}
