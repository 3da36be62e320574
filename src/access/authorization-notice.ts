import type { BegunAuthorization } from "../oauth/authorization.ts";
import type { Discovery } from "../oauth/discovery.ts";
import { sameIssuer } from "../oauth/issuer.ts";
import type { Registration } from "../oauth/registration.ts";
import type { Grant } from "../vault/vault-record.ts";
import type { AccessContext } from "./access-context.ts";
import type { AuthorizationNotice } from "./sign-in-types.ts";

interface Asked {
  readonly discovery: Discovery;
  readonly recorded: Grant | undefined;
}

export function noticeOfBegun(context: AccessContext, attempt: Asked, { url, pending }: Pick<BegunAuthorization, "url" | "pending">): AuthorizationNotice {
  const { registration, redirectUri, expiresAt, scopes } = pending;
  return noticeOf(context, attempt, registration, { url, redirectUri, expiresAt, scopes });
}

export type Shown = Pick<AuthorizationNotice, "url" | "redirectUri" | "expiresAt" | "scopes" | "device">;

export function noticeOf(context: AccessContext, { discovery, recorded }: Asked, registration: Registration, shown: Shown): AuthorizationNotice {
  const { server } = discovery;
  const issuerHost = new URL(server.issuer).host;
  const hosts = [server.authorizationEndpoint, server.tokenEndpoint].flatMap((endpoint) => (endpoint === undefined ? [] : [new URL(endpoint).host]));
  return {
    server: context.name,
    serverUrl: context.entry.url,
    ...shown,
    issuer: server.issuer,
    endpointHosts: [...new Set(hosts)].filter((host) => host !== issuerHost),
    account: context.account,
    identity: recorded !== undefined && sameIssuer(recorded.issuer, server.issuer) ? recorded.identity : undefined,
    clientKind: registration.kind,
    clientId: registration.clientId,
    previousIssuer: recorded !== undefined && !sameIssuer(recorded.issuer, server.issuer) ? recorded.issuer : undefined,
    storedIn: context.vault.place,
    ledBy: undefined,
  };
}
