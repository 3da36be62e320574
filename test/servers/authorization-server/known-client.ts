import { detailsOf, type KnownClient } from "./client-details.ts";
import { readClientDocument } from "./client-documents.ts";
import type { AuthorizationServerState } from "./state.ts";

/** undefined: unknown, or its secret has expired. */
export async function findClient({ toggles, store }: AuthorizationServerState, clientId: string): Promise<KnownClient | undefined> {
  const { fetchesClientDocuments } = toggles;
  if (fetchesClientDocuments !== "off" && /^https?:\/\//.test(clientId)) return readClientDocument(clientId, toggles.clientDocumentCa);
  if (toggles.clientMetadataDocuments && clientId.startsWith("https://")) {
    return { kind: "believed", redirectUris: "any", secret: undefined, jwks: undefined, grantTypes: undefined, scope: undefined };
  }
  const fixed = toggles.clients.find((client) => client.client_id === clientId);
  if (fixed !== undefined) {
    return { kind: "static", redirectUris: fixed.redirect_uris, secret: fixed.client_secret, jwks: fixed.jwks, grantTypes: fixed.grant_types, scope: undefined };
  }
  const client = store.clients.get(clientId);
  const expired = client?.secretExpiresAt !== undefined && client.secretExpiresAt * 1000 <= Date.now();
  if (client === undefined || expired) return undefined;
  return { kind: "registered", redirectUris: client.redirectUris, secret: client.secret, ...detailsOf(client.metadata) };
}
