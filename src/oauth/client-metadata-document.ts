export interface DocumentWish {
  /** Where the document will be: it becomes the client id, letter by letter. */
  readonly url: string;
  readonly clientName: string;
  readonly clientUri: string | undefined;
  readonly ports: readonly number[];
  readonly path: string;
}

/**
 * The client metadata document to host. Every port in both spellings of loopback: some issuers compare redirect URIs letter by letter, port and all.
 * OAuth Client ID Metadata Document (draft), RFC 7591 §2, RFC 8252 §7.3. R07
 */
export function clientMetadataDocument({ url, clientName, clientUri, ports, path }: DocumentWish): Readonly<Record<string, unknown>> {
  return {
    client_id: url,
    client_name: clientName,
    ...(clientUri === undefined ? {} : { client_uri: clientUri }),
    redirect_uris: ports.flatMap((port) => [`http://127.0.0.1:${port}${path}`, `http://localhost:${port}${path}`]),
    application_type: "native",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
  };
}
