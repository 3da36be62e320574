import type { BearerChallenge } from "./challenge.ts";
import { resourceMetadataUrls } from "./issuer.ts";
import type { Outgoing } from "./outgoing.ts";
import { type Probe, probeDocument } from "./probe.ts";
import { requireSpeaksFor, withServerScheme } from "./resource.ts";
import { readResourceMetadata } from "./wire.ts";

/** What an MCP server says of itself. RFC 9728 §2. */
export interface ProtectedResource {
  /** As it was written, byte for byte. A06 */
  readonly resource: string | undefined;
  readonly authorizationServers: readonly string[];
  readonly scopes: readonly string[] | undefined;
  readonly metadataUrl: string;
}

export interface ResourceQuestion {
  readonly serverUrl: string;
  readonly challenge: BearerChallenge | undefined;
  /** The server's own configured headers; they go to its origin only. X03 */
  readonly serverHeaders: Readonly<Record<string, string>>;
  /** A configured `resource` stands above what the metadata says. */
  readonly pinnedResource: string | false | undefined;
  /** D10 */
  readonly allowSchemeUpgrade?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Filled as it goes, so that what was asked is known even when it throws. */
  readonly trace?: Probe[] | undefined;
}

/**
 * Resource metadata from the challenge's URL, else beside the server's path, else at its root; the first document wins.
 * Throws `resource_mismatch` when that document speaks for another server. RFC 9728 §3 and §5.1, MCP authorization (SEP-985). D01, D03, D07
 */
export async function discoverResource(outgoing: Outgoing, question: ResourceQuestion): Promise<{ resource: ProtectedResource | undefined; trace: readonly Probe[] }> {
  const origin = new URL(question.serverUrl).origin;
  const read = (url: string): string => (question.allowSchemeUpgrade === true ? withServerScheme(url, question.serverUrl) : url);
  const named = question.challenge?.resourceMetadata;
  const trace = question.trace ?? [];
  for (const url of new Set([...(named === undefined ? [] : [read(named)]), ...resourceMetadataUrls(question.serverUrl)])) {
    const headers = URL.canParse(url) && new URL(url).origin === origin ? question.serverHeaders : {};
    const { probe, document } = await probeDocument(outgoing, url, readResourceMetadata, { leg: "resource metadata", headers, signal: question.signal });
    trace.push(probe);
    if (document === undefined) continue;
    const resource = document.resource === undefined ? undefined : read(document.resource);
    if (resource !== undefined && question.pinnedResource === undefined) requireSpeaksFor(resource, question.serverUrl, url);
    return { resource: { ...document, resource, authorizationServers: document.authorizationServers.map(read), metadataUrl: url }, trace };
  }
  return { resource: undefined, trace };
}
