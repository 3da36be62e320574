import { startAuthorizationServer, type AuthorizationServer, type AuthorizationServerOptions } from "./authorization-server.ts";
import type { Ledger } from "./ledger.ts";

/** The scriptable authorization server as a company's identity provider: OpenID discovery, id_tokens, and the exchange of one for an ID-JAG. Party "idp". */
export async function startIdentityProvider(ledger: Ledger, options: AuthorizationServerOptions = {}): Promise<AuthorizationServer> {
  return startAuthorizationServer(ledger, { party: "idp", grants: ["token-exchange"], idTokens: true, registration: "off", ...options, wellKnown: { insert8414: "absent", appendOidc: "document", ...options.wellKnown } });
}
