/** How a client proves who it is at a token endpoint. RFC 6749 §2.3, RFC 7591 §2. */
export type ClientAuthenticationMethod = "none" | "client_secret_basic" | "client_secret_post";

export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  /** From the registration's answer or the configuration; undefined: not told. */
  readonly tokenEndpointAuthMethod: ClientAuthenticationMethod | undefined;
}

const known: readonly string[] = ["none", "client_secret_basic", "client_secret_post"] satisfies readonly ClientAuthenticationMethod[];

export function isClientAuthenticationMethod(method: string | undefined): method is ClientAuthenticationMethod {
  return method !== undefined && known.includes(method);
}

/**
 * The method to use and, where a secret could also travel the other way, the one to try once after `invalid_client`: some issuers advertise
 * Basic and read only the body, or the reverse. Told → issuer's listed order → Basic. A secret is used even where `none` was said. T01
 */
export function chooseMethods(client: ClientCredentials, listed: readonly string[] | undefined): readonly ClientAuthenticationMethod[] {
  if (client.clientSecret === undefined) return ["none"];
  const told = client.tokenEndpointAuthMethod === "none" ? undefined : client.tokenEndpointAuthMethod;
  const offered = listed?.find((method) => method === "client_secret_basic" || method === "client_secret_post");
  const first = told ?? (offered === "client_secret_post" ? "client_secret_post" : "client_secret_basic");
  return [first, first === "client_secret_basic" ? "client_secret_post" : "client_secret_basic"];
}

/** Headers and body parameters of one method. Basic form-encodes both halves. RFC 6749 §2.3.1 */
export function authenticateClient(client: ClientCredentials, method: ClientAuthenticationMethod): { readonly headers: Readonly<Record<string, string>>; readonly parameters: Readonly<Record<string, string>> } {
  const { clientId, clientSecret = "" } = client;
  if (method === "none") return { headers: {}, parameters: { client_id: clientId } };
  if (method === "client_secret_post") return { headers: {}, parameters: { client_id: clientId, client_secret: clientSecret } };
  return { headers: { authorization: `Basic ${btoa(`${formEncode(clientId)}:${formEncode(clientSecret)}`)}` }, parameters: {} };
}

function formEncode(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}
