/** How a client proves who it is at a token endpoint. RFC 6749 §2.3, RFC 7591 §2. */
export type ClientAuthenticationMethod = "none" | "client_secret_basic" | "client_secret_post" | "private_key_jwt";

export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  /** From the registration's answer or the configuration; undefined: not told. */
  readonly tokenEndpointAuthMethod: ClientAuthenticationMethod | undefined;
  /** Signs a new assertion of this client, for one request (see `signClientAssertion`); undefined: it has no key. */
  readonly assertion?: (() => Promise<string>) | undefined;
}

/** Those that an issuer may give a client which registers itself: without a key of its own. */
const known: readonly string[] = ["none", "client_secret_basic", "client_secret_post"] satisfies readonly ClientAuthenticationMethod[];

export function isClientAuthenticationMethod(method: string | undefined): method is ClientAuthenticationMethod {
  return method !== undefined && known.includes(method);
}

/**
 * A key before a secret, unless told a way to send the secret. RFC 7523 §2.2. Without a key, the method to use and, where a secret could also travel the other way, the one to try once after `invalid_client`: some issuers advertise
 * Basic and read only the body, or the reverse. Told → issuer's listed order → Basic. A secret is used even where `none` was said. T01
 */
export function chooseMethods(client: ClientCredentials, listed: readonly string[] | undefined): readonly ClientAuthenticationMethod[] {
  const { clientSecret, tokenEndpointAuthMethod: wanted, assertion } = client;
  const sendsSecret = clientSecret !== undefined && (wanted === "client_secret_basic" || wanted === "client_secret_post");
  if (assertion !== undefined && !sendsSecret) return ["private_key_jwt"];
  if (clientSecret === undefined) return ["none"];
  const told = wanted === "none" || wanted === "private_key_jwt" ? undefined : wanted;
  const offered = listed?.find((method) => method === "client_secret_basic" || method === "client_secret_post");
  const first = told ?? (offered === "client_secret_post" ? "client_secret_post" : "client_secret_basic");
  return [first, first === "client_secret_basic" ? "client_secret_post" : "client_secret_basic"];
}

/** What a request carries of its client. */
export interface ClientProof {
  readonly headers: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The same for every method; an assertion is signed anew for each request. RFC 7523 §2.2 */
export async function proveClient(client: ClientCredentials, method: ClientAuthenticationMethod): Promise<ClientProof> {
  if (method !== "private_key_jwt") return authenticateClient(client, method);
  const type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
  return { headers: {}, parameters: { client_id: client.clientId, client_assertion_type: type, client_assertion: (await client.assertion?.()) ?? "" } };
}

/** Headers and body parameters of one method. Basic form-encodes both halves. RFC 6749 §2.3.1 */
export function authenticateClient(client: ClientCredentials, method: Exclude<ClientAuthenticationMethod, "private_key_jwt">): ClientProof {
  const { clientId, clientSecret = "" } = client;
  // An assertion grant may come from nobody but its subject. RFC 7521 §4.1
  if (method === "none") return { headers: {}, parameters: clientId === "" ? {} : { client_id: clientId } };
  if (method === "client_secret_post") return { headers: {}, parameters: { client_id: clientId, client_secret: clientSecret } };
  return { headers: { authorization: `Basic ${btoa(`${formEncode(clientId)}:${formEncode(clientSecret)}`)}` }, parameters: {} };
}

function formEncode(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}
