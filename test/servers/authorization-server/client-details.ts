import type { JSONWebKeySet } from "jose";

/** A client as any of the four ways makes it known: pre-registered, registered, a document that is fetched, a document that is believed. */
export interface KnownClient {
  readonly kind: "static" | "registered" | "document" | "believed";
  readonly redirectUris: readonly string[] | "any";
  readonly secret: string | undefined;
  readonly jwks: JSONWebKeySet | undefined;
  /** undefined: any. */
  readonly grantTypes: readonly string[] | undefined;
  readonly scope: string | undefined;
}

/** Of a registration request or a client's document (RFC 7591 §2). */
export function detailsOf(metadata: Readonly<Record<string, unknown>>): Pick<KnownClient, "jwks" | "grantTypes" | "scope"> {
  const { jwks, grant_types: grantTypes, scope } = metadata;
  return {
    jwks: jwks as JSONWebKeySet | undefined,
    grantTypes: Array.isArray(grantTypes) ? grantTypes.map(String) : ["authorization_code"],
    scope: typeof scope === "string" ? scope : undefined,
  };
}
