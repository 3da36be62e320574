import * as oauth from "oauth4webapi";

/** oauth4webapi, written by others, as the client: what it accepts is OAuth. */
export const insecure = { [oauth.allowInsecureRequests]: true };
export const redirectUri = "http://127.0.0.1:1/callback";

export async function discover(issuer: string, algorithm: "oauth2" | "oidc" = "oauth2"): Promise<oauth.AuthorizationServer> {
  const url = new URL(issuer);
  return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, { algorithm, ...insecure }));
}

export function register(as: oauth.AuthorizationServer, metadata: Readonly<Record<string, unknown>> = {}, headers: Record<string, string> = {}): Promise<Response> {
  const body = { redirect_uris: [redirectUri], token_endpoint_auth_method: "none", ...metadata };
  return fetch(as.registration_endpoint ?? "", { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });
}

export async function registered(as: oauth.AuthorizationServer, metadata: Readonly<Record<string, unknown>> = {}): Promise<oauth.Client> {
  return oauth.processDynamicClientRegistrationResponse(await register(as, metadata));
}

/** A code flow without a browser: the issuer approves at once. */
export async function signIn(
  as: oauth.AuthorizationServer,
  client: oauth.Client,
  { auth = oauth.None(), DPoP, query: more = {}, form = {} }: { auth?: oauth.ClientAuth; DPoP?: oauth.DPoPHandle; query?: Record<string, string>; form?: Record<string, string> } = {},
): Promise<oauth.TokenEndpointResponse> {
  const verifier = oauth.generateRandomCodeVerifier();
  const query = new URLSearchParams({ client_id: client.client_id, redirect_uri: redirectUri, response_type: "code", state: "s", ...more });
  query.set("code_challenge", await oauth.calculatePKCECodeChallenge(verifier));
  query.set("code_challenge_method", "S256");
  const answer = await fetch(`${as.authorization_endpoint ?? ""}?${query.toString()}`, { redirect: "manual" });
  const callback = oauth.validateAuthResponse(as, client, new URL(answer.headers.get("location") ?? ""), "s");
  const options = { ...insecure, ...(DPoP === undefined ? {} : { DPoP }), additionalParameters: form };
  const ask = (): Promise<Response> => oauth.authorizationCodeGrantRequest(as, client, auth, callback, redirectUri, verifier, options);
  const process = async (): Promise<oauth.TokenEndpointResponse> => oauth.processAuthorizationCodeResponse(as, client, await ask());
  return process().catch((error: unknown) => (oauth.isDPoPNonceError(error) ? process() : Promise.reject(error as Error)));
}
