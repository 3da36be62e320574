import { findMcpassError, McpassError } from "../base/errors.ts";
import { plainText, showUrl } from "../base/redact.ts";
import { requireHttp } from "./address-guard.ts";
import type { BearerChallenge } from "./challenge.ts";
import { type AuthorizationServer, discoverIssuer, issuerMismatch } from "./discover-issuer.ts";
import { discoverResource, type ProtectedResource } from "./discover-resource.ts";
import { findProfile, type ProfileName } from "./provider-profile.ts";
import { sameIssuer } from "./issuer.ts";
import { discoverLegacy } from "./legacy.ts";
import type { Leg, Outgoing } from "./outgoing.ts";
import { describeTrace, type Probe } from "./probe.ts";

/** What may be configured instead of discovered. D12 */
export interface DiscoverySettings {
  readonly issuer?: string | undefined;
  readonly authServerMetadataUrl?: string | undefined;
  readonly authorizationEndpoint?: string | undefined;
  readonly tokenEndpoint?: string | undefined;
  readonly registrationEndpoint?: string | undefined;
  readonly resource?: string | false | undefined;
  /** Instead of the one that the issuer or server matches. */
  readonly profile?: ProfileName | "none" | undefined;
  /** A server behind a proxy that hides TLS names itself with http://; its own host is meant with https. D10 */
  readonly allowSchemeUpgrade?: boolean | undefined;
  readonly grant?: string | undefined;
  /** Headers for the issuer's legs; the server's own headers never go there. X03 */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface DiscoveryQuestion {
  readonly serverUrl: string;
  readonly challenge: BearerChallenge | undefined;
  readonly serverHeaders: Readonly<Record<string, string>>;
  readonly settings: DiscoverySettings;
  /** Issuers we hold something from: chosen first when the server offers several. D-9 */
  readonly knownIssuers: readonly string[];
  /** True only while a person signs in: the endpoints of a 2025-03-26 server without any metadata may be guessed. */
  readonly guessEndpoints: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Filled as it goes, so that what was asked is known even when it throws. */
  readonly trace?: Probe[] | undefined;
}

export interface Discovery {
  readonly resource: ProtectedResource | undefined;
  readonly server: AuthorizationServer;
  readonly trace: readonly Probe[];
}

/**
 * Server → its resource metadata → the issuer's metadata: two hops, always. The server's own host is asked for issuer metadata only when it
 * publishes no resource metadata at all (2025-03-26). RFC 9728, RFC 8414, OpenID Discovery; D01, D04–D08.
 * Throws `oauth_unsupported` (nothing there speaks of OAuth), `discovery_failed`, `resource_mismatch`, `issuer_mismatch`, `url_insecure`, `address_private`.
 */
export async function discover(outgoing: Outgoing, question: DiscoveryQuestion): Promise<Discovery> {
  const { settings } = question;
  const trace = question.trace ?? [];
  const found = needsResource(settings) ? await discoverResource(outgoing, { ...question, trace, pinnedResource: settings.resource, allowSchemeUpgrade: settings.allowSchemeUpgrade }) : { resource: undefined };
  const configured = configuredServer(settings);
  if (configured !== undefined) return { resource: found.resource, server: await checkEndpoints(outgoing, configured), trace };
  const failure = trace.find(({ transient }) => transient);
  const server = hasIssuer(settings, found.resource)
    ? await discoverNamed(outgoing, question, found.resource, trace)
    : failure === undefined && found.resource === undefined
      ? await discoverLegacy(outgoing, question, trace)
      : undefined;
  if (server === undefined) throw nothingFound(question, found.resource, trace);
  return { resource: found.resource, server: await checkEndpoints(outgoing, withConfigured(server, settings)), trace };
}

function needsResource(settings: DiscoverySettings): boolean {
  return settings.resource === undefined || !(hasIssuer(settings, undefined) || configuredServer(settings) !== undefined);
}

function hasIssuer(settings: DiscoverySettings, resource: ProtectedResource | undefined): boolean {
  return settings.issuer !== undefined || settings.authServerMetadataUrl !== undefined || (resource?.authorizationServers.length ?? 0) > 0;
}

async function discoverNamed(outgoing: Outgoing, question: DiscoveryQuestion, resource: ProtectedResource | undefined, trace: Probe[]): Promise<AuthorizationServer | undefined> {
  const { settings, signal } = question;
  let foreign: { expected: string; received: string } | undefined;
  for (const identifier of candidates(question, resource)) {
    const unaskable = judgeIdentifier(identifier);
    if (unaskable !== undefined) {
      trace.push(unaskable);
      continue;
    }
    const expectedIssuer = settings.issuer ?? (identifier === settings.authServerMetadataUrl ? undefined : identifier);
    const tenantTemplate = findProfile({ chosen: settings.profile, issuer: identifier })?.tenantTemplateIssuer;
    const found = await discoverIssuer(outgoing, { identifier, expectedIssuer, tenantTemplate, metadataUrl: settings.authServerMetadataUrl, headers: settings.headers, source: "metadata", signal });
    trace.push(...found.trace);
    if (found.server !== undefined) return found.server;
    if (found.foreignIssuer !== undefined) foreign ??= { expected: expectedIssuer ?? identifier, received: found.foreignIssuer };
  }
  if (foreign !== undefined) throw issuerMismatch(foreign.expected, foreign.received);
  return undefined;
}

/** Why an identifier cannot be asked for metadata at all, or undefined. */
function judgeIdentifier(identifier: string): Probe | undefined {
  if (!URL.canParse(identifier)) return { leg: "issuer metadata", url: plainText(identifier, 200), outcome: "broken", detail: "is not a URL", transient: false };
  try {
    requireHttp(identifier, "issuer metadata");
    return undefined;
  } catch (thrown) {
    const error = findMcpassError(thrown);
    return { leg: "issuer metadata", url: showUrl(identifier), outcome: "refused", detail: error?.message ?? "", transient: false, ...(error === undefined ? {} : { error }) };
  }
}

function candidates({ settings, knownIssuers }: DiscoveryQuestion, resource: ProtectedResource | undefined): readonly string[] {
  const listed = resource?.authorizationServers ?? [];
  if (settings.authServerMetadataUrl !== undefined) return [settings.issuer ?? listed[0] ?? settings.authServerMetadataUrl];
  const preferred = listed.filter((issuer) => knownIssuers.some((known) => sameIssuer(known, issuer)));
  return [...new Set([...(settings.issuer === undefined ? [] : [settings.issuer]), ...preferred, ...listed])].slice(0, 5);
}

function configuredServer(settings: DiscoverySettings): AuthorizationServer | undefined {
  const { authorizationEndpoint, tokenEndpoint } = settings;
  const inBrowser = settings.grant === undefined || settings.grant === "authorization_code" || settings.grant === "device_code";
  if (tokenEndpoint === undefined || (inBrowser && authorizationEndpoint === undefined)) return undefined;
  return {
    issuer: settings.issuer ?? new URL(tokenEndpoint).origin,
    authorizationEndpoint,
    deviceAuthorizationEndpoint: undefined,
    tokenEndpoint,
    registrationEndpoint: settings.registrationEndpoint,
    revocationEndpoint: undefined,
    scopes: undefined,
    codeChallengeMethods: ["S256"],
    tokenEndpointAuthMethods: undefined,
    grantTypes: undefined,
    issParameterSupported: false,
    clientIdMetadataDocumentSupported: false,
    source: "configured",
  };
}

/** A single configured endpoint stands above the metadata's. D12 */
function withConfigured(server: AuthorizationServer, { authorizationEndpoint, tokenEndpoint, registrationEndpoint }: DiscoverySettings): AuthorizationServer {
  return {
    ...server,
    authorizationEndpoint: authorizationEndpoint ?? server.authorizationEndpoint,
    tokenEndpoint: tokenEndpoint ?? server.tokenEndpoint,
    registrationEndpoint: registrationEndpoint ?? server.registrationEndpoint,
  };
}

/** Every endpoint is judged before a browser opens or a code exists, not after. */
async function checkEndpoints(outgoing: Outgoing, server: AuthorizationServer): Promise<AuthorizationServer> {
  if (server.authorizationEndpoint !== undefined) await checkEndpoint(outgoing, server.authorizationEndpoint, "authorization");
  if (server.deviceAuthorizationEndpoint !== undefined) await checkEndpoint(outgoing, server.deviceAuthorizationEndpoint, "device authorization");
  await checkEndpoint(outgoing, server.tokenEndpoint, "token");
  if (server.registrationEndpoint !== undefined) await checkEndpoint(outgoing, server.registrationEndpoint, "registration");
  return server;
}

async function checkEndpoint(outgoing: Outgoing, url: string, leg: Leg): Promise<void> {
  try {
    await outgoing.guard.check(url, leg);
  } catch (thrown) {
    // A name that cannot be resolved is no danger: a browser may know it, and a request of ours to it will say so.
    if (thrown instanceof McpassError) throw thrown;
  }
}

const unreadableHint = "Tell the server's operator. What you know you can set: oauth.authServerMetadataUrl where metadata is elsewhere, oauth.authorizationEndpoint and oauth.tokenEndpoint where there is none.";

function nothingFound({ serverUrl, challenge }: DiscoveryQuestion, resource: ProtectedResource | undefined, trace: readonly Probe[]): McpassError {
  const refused = trace.find(({ outcome }) => outcome === "refused")?.error;
  if (refused !== undefined) return refused;
  const details = { server: showUrl(serverUrl), tried: trace.map(({ url, detail }) => `${url} → ${detail}`) };
  const failed = trace.find(({ transient }) => transient);
  const issuer = resource?.authorizationServers[0];
  if (failed !== undefined || issuer !== undefined || (challenge?.resourceMetadata !== undefined && resource === undefined)) {
    const what = issuer === undefined ? "its resource metadata" : `the metadata of its issuer ${plainText(issuer, 200)}`;
    return new McpassError("discovery_failed", `How to sign in to ${showUrl(serverUrl)} could not be found out: ${what} could not be read.\n${describeTrace(trace)}`, {
      hint: failed === undefined ? unreadableHint : "This looks temporary: try again in a moment.",
      details: { ...details, fault: issuer === undefined ? "server" : "issuer" },
      cause: failed?.error,
    });
  }
  const said = resource === undefined ? "publishes nothing about OAuth" : "names no authorization server";
  return new McpassError("oauth_unsupported", `${showUrl(serverUrl)} answers 401 and ${said}; it probably wants an API key or another fixed credential.\n${describeTrace(trace)}`, {
    hint: 'Set it as a header: "headers": { "Authorization": "Bearer {env:NAME}" }',
    details,
  });
}
