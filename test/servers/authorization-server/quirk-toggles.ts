import type { Scripted } from "../answers.ts";

export type EndpointName = "authorize" | "token" | "register" | "revoke" | "device_authorization";

/** Habits of particular providers; `providers.ts` puts them together. The letters are rows of the field notes. */
export interface QuirkToggles {
  /** Other paths than /authorize, /token, /register, /revoke, /device_authorization. */
  endpointPaths: Partial<Record<EndpointName, string>>;
  /**
   * D11, Entra: it is found under `/<alias>/v2.0`, says that its issuer is the template `<origin>/{tenantid}/v2.0`,
   * and sends an `iss` with the GUID. `issuer` of the server is then the address.
   */
  tenant: { alias: string; guid: string } | undefined;
  /** A01, Entra, on each leg listed: a scope of another origin than `resource` is AADSTS9010010; a bare scope without `resource` is AADSTS650053. */
  scopeNamesResource: ("authorize" | "code" | "refresh")[];

  /** R02: what a person sees at /authorize when the client is unknown. redirect: back with unauthorized_client. */
  unknownClientPage: "json-400" | "json-422" | "text-500" | "html-200" | "bare-403" | "redirect";
  /** R02: what the token endpoint says of an unknown client. */
  unknownClientError: "invalid_client-401" | "invalid_client-400" | "invalid_grant-400";

  /** R08: /register wants this token as a Bearer. */
  initialAccessToken: string | undefined;
  /** R08: registrations must name all of these grant types. */
  wantedGrantTypes: string[];
  /** R08: a registration that asks for one of these scopes is refused (Clerk: openid). */
  refusedRegistrationScopes: string[];
  /** R08: an authorization may ask only for what the registration named (better-auth). */
  bindsScopes: boolean;
  /** C03: redirect URIs on these hosts are refused at registration (Datadog: localhost). */
  refusedRedirectHosts: string[];

  /** RFC 7592: GET, PUT and DELETE at registration_client_uri. */
  clientConfiguration: "off" | "on";
  clientConfigurationAnswer: Scripted<"ok" | "unavailable" | "forbidden">;
  /** A PUT gives a new registration_access_token and ends the old one. */
  rotatesRegistrationToken: boolean;

  /** R07: client id metadata documents are really fetched; `redirect_uris` are compared so. Implies `clientMetadataDocuments`. */
  fetchesClientDocuments: "off" | "exact" | "port-less";
  /** PEM of the authority behind the documents' https. */
  clientDocumentCa: string | undefined;

  /** A refresh token that was used works so long afterwards (workers-oauth-provider, until the new one is used). */
  rotationGraceSeconds: number;
  /** F02, Notion: a renewal ends the earlier access tokens at once. */
  rotationEndsAccess: boolean;
}

export function defaultQuirkToggles(): QuirkToggles {
  return {
    endpointPaths: {},
    tenant: undefined,
    scopeNamesResource: [],
    unknownClientPage: "json-400",
    unknownClientError: "invalid_client-401",
    initialAccessToken: undefined,
    wantedGrantTypes: [],
    refusedRegistrationScopes: [],
    bindsScopes: false,
    refusedRedirectHosts: [],
    clientConfiguration: "off",
    clientConfigurationAnswer: "ok",
    rotatesRegistrationToken: false,
    fetchesClientDocuments: "off",
    clientDocumentCa: undefined,
    rotationGraceSeconds: 0,
    rotationEndsAccess: false,
  };
}
