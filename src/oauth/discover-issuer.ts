import { McpassError } from "../base/errors.ts";
import { plainText, showUrl } from "../base/redact.ts";
import { issuerMetadataUrls, sameIssuer } from "./issuer.ts";
import type { Outgoing } from "./outgoing.ts";
import { type Probe, probeDocument } from "./probe.ts";
import { type IssuerMetadata, readIssuerMetadata } from "./wire.ts";

/** One authorization server as its metadata describes it. RFC 8414 §2. */
export interface AuthorizationServer extends Omit<IssuerMetadata, "issuer"> {
  /** The exact string of its metadata: what callbacks are compared with and grants are stored under. */
  readonly issuer: string;
  readonly source: "metadata" | "configured" | "legacy metadata" | "legacy defaults";
}

export interface IssuerQuestion {
  /** The identifier that named it. */
  readonly identifier: string;
  /** What the document's `issuer` must be: the identifier, or what the user pinned. undefined: whatever it says, where the user gave its URL and nobody names an issuer. */
  readonly expectedIssuer: string | undefined;
  /** Asked instead of the well-known places. */
  readonly metadataUrl?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly source: AuthorizationServer["source"];
  readonly signal?: AbortSignal | undefined;
}

/** Every well-known place of one issuer until a document that is its own; documents of others are remembered for the message and never used. RFC 8414 §3, D02, D04 */
export async function discoverIssuer(outgoing: Outgoing, question: IssuerQuestion): Promise<{ server: AuthorizationServer | undefined; trace: readonly Probe[]; foreignIssuer: string | undefined }> {
  const trace: Probe[] = [];
  let foreignIssuer: string | undefined;
  for (const url of question.metadataUrl === undefined ? issuerMetadataUrls(question.identifier) : [question.metadataUrl]) {
    const { probe, document } = await probeDocument(outgoing, url, readIssuerMetadata, { leg: "issuer metadata", headers: question.headers, signal: question.signal });
    if (document === undefined) {
      trace.push(probe);
      continue;
    }
    if (document.issuer !== undefined && (question.expectedIssuer === undefined || sameIssuer(document.issuer, question.expectedIssuer))) {
      return { server: { ...document, issuer: document.issuer, source: question.source }, trace: [...trace, probe], foreignIssuer };
    }
    foreignIssuer ??= document.issuer ?? noIssuer;
    trace.push({ ...probe, outcome: "foreign", detail: `200, but for the issuer ${plainText(document.issuer ?? noIssuer, 200)}` });
  }
  return { server: undefined, trace, foreignIssuer };
}

const noIssuer = "(none)";

/** `issuer_mismatch`, naming both. */
export function issuerMismatch(expected: string, received: string): McpassError {
  return new McpassError("issuer_mismatch", `The server names the issuer ${showUrl(expected)}, but the metadata there is for ${plainText(received, 200)}; it is not used.`, {
    hint: received === noIssuer ? "Tell the issuer's operator: its metadata must name its issuer (RFC 8414)." : `If that issuer is the right one, pin it: "oauth": { "issuer": ${JSON.stringify(plainText(received, 200))} }`,
    details: { leg: "issuer metadata", expected, received: plainText(received, 200) },
  });
}
