import { findMcpassError } from "../base/errors.ts";
import type { AuthorizationServer } from "./discover-issuer.ts";
import { discoverIssuer, issuerMismatch } from "./discover-issuer.ts";
import type { DiscoveryQuestion } from "./discovery.ts";
import type { Outgoing } from "./outgoing.ts";
import type { Probe } from "./probe.ts";

/**
 * The ladder of MCP 2025-03-26, where the server is its own authorization server: metadata at its origin, else (only while a person signs
 * in, and only where something answers there) the endpoints /authorize, /token and /register. Last, and marked as legacy. D06, D-13
 * Throws `issuer_mismatch` when the metadata there is for another issuer.
 */
export async function discoverLegacy(outgoing: Outgoing, question: DiscoveryQuestion, trace: Probe[]): Promise<AuthorizationServer | undefined> {
  const { origin } = new URL(question.serverUrl);
  const found = await discoverIssuer(outgoing, { identifier: origin, expectedIssuer: origin, headers: question.settings.headers, source: "legacy metadata", signal: question.signal });
  trace.push(...found.trace);
  if (found.server === undefined && found.foreignIssuer !== undefined) throw issuerMismatch(origin, found.foreignIssuer);
  if (found.server !== undefined || !question.guessEndpoints) return found.server;
  // A site that answers everything with a page, or is in trouble, says nothing about OAuth.
  if ([...trace].some(({ outcome, transient }) => transient || outcome === "broken")) return undefined;
  return (await answersAsAuthorizationEndpoint(outgoing, question, `${origin}/authorize`, trace)) ? defaultEndpoints(origin) : undefined;
}

async function answersAsAuthorizationEndpoint(outgoing: Outgoing, question: DiscoveryQuestion, url: string, trace: Probe[]): Promise<boolean> {
  const answer = await outgoing.request({ leg: "authorization", url, headers: {}, signal: question.signal }).catch(unlessCancelled);
  const page = answer?.status === 200 && !answer.contentType.includes("json");
  // Browsers are sent there without credentials: a 401 or 403 is a site that wants a key for everything. D05
  const there = answer !== undefined && !page && ![401, 403, 404, 405, 410, 501].includes(answer.status) && answer.status < 502;
  trace.push({ leg: "authorization", url, outcome: there ? "document" : "absent", detail: answer === undefined ? "no answer" : String(answer.status), transient: false });
  return there;
}

function unlessCancelled(thrown: unknown): undefined {
  if (findMcpassError(thrown)?.code === "cancelled") throw thrown;
}

function defaultEndpoints(origin: string): AuthorizationServer {
  return {
    issuer: origin,
    authorizationEndpoint: `${origin}/authorize`,
    deviceAuthorizationEndpoint: undefined,
    tokenEndpoint: `${origin}/token`,
    registrationEndpoint: `${origin}/register`,
    revocationEndpoint: undefined,
    scopes: undefined,
    codeChallengeMethods: ["S256"],
    tokenEndpointAuthMethods: undefined,
    grantTypes: undefined,
    issParameterSupported: false,
    clientIdMetadataDocumentSupported: false,
    source: "legacy defaults",
  };
}
