import { openWalk, type Walk } from "../../rig/walk.ts";
import { freePort } from "../../rig/free-port.ts";
import { startBetterAuthServer } from "./better-auth.ts";
import type { ServerName } from "./differences.ts";
import { type IndependentServer, trust } from "./independent.ts";
import { startSdkServer } from "./mcp-sdk.ts";
import { startOAuth2Server } from "./oauth2-server.ts";
import { startWorkersServer } from "./workers.ts";
import type { Ledger } from "../ledger.ts";
import { startOidcServer } from "../oidc.ts";
import type { ResourceServer } from "../resource-server.ts";

interface Needs {
  readonly resources: readonly string[];
  readonly accessTokenSeconds: number;
  readonly redirectUris: readonly string[];
}

const starts = {
  "oidc-provider": startOidcServer,
  "workers-oauth-provider": (ledger: Ledger, needs: Needs) => startWorkersServer(ledger, { ...needs, clientDocuments: {} }),
  "better-auth": startBetterAuthServer,
  "oauth2-server": (ledger: Ledger, needs: Needs) => startOAuth2Server(ledger, { ...needs, clients: [{ client_id: "by-hand", redirect_uris: needs.redirectUris }] }),
  "MCP SDK": startSdkServer,
} as const satisfies Readonly<Record<ServerName, unknown>>;

export interface IndependentWalk {
  readonly walk: Walk;
  readonly server: ResourceServer;
  readonly issuer: IndependentServer;
  /** One more place that a browser can come back to. */
  readonly redirectUri: string;
  /** What a person has to know of a server without metadata and registration. */
  readonly byHand: { readonly clientId: string; readonly callbackPort: number; readonly authorizationEndpoint: string; readonly tokenEndpoint: string };
}

/** An MCP server, `example` in the configuration, that trusts a really run authorization server. Its sign-ins come back to a port of their own. */
export async function openIndependent(name: ServerName, { accessTokenSeconds = 3600 }: { accessTokenSeconds?: number } = {}): Promise<IndependentWalk> {
  const walk = await openWalk();
  const server = await walk.resource({ guard: "bearer", scopesSupported: ["mcp:read"] });
  const callback = await walk.bystander("callback");
  const redirectUri = `${callback.origin}/callback`;
  const callbackPort = await freePort();
  const issuer = walk.keep(await starts[name](walk.ledger, { resources: [server.url], accessTokenSeconds, redirectUris: [`http://127.0.0.1:${String(callbackPort)}/mcp/oauth/callback`, redirectUri] }));
  trust(server, issuer);
  const byHand = { clientId: "by-hand", callbackPort, authorizationEndpoint: `${issuer.origin}/authorize`, tokenEndpoint: `${issuer.origin}/token` };
  await walk.configure({ example: { type: "remote", url: server.url, oauth: name === "oauth2-server" ? byHand : { callbackPort } } });
  return { walk, server, issuer, redirectUri, byHand };
}
