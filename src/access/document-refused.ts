import type { Discovery } from "../oauth/discovery.ts";
import { readGrant } from "./stored-grant.ts";
import { sameIssuer } from "../oauth/issuer.ts";
import { type AccessContext, settingsOf } from "./access-context.ts";

/** A client metadata document that its issuer takes, and whose tokens the server then refuses. */
export interface RefusedDocument {
  readonly issuer: string;
  /** The document's URL. */
  readonly clientId: string;
  readonly at: number;
}

/**
 * After the server refused a token that was issued a moment ago: true, once, when its client is a document and the issuer registers clients too, so that the
 * next sign-in registers instead. False when that was so before (another token would end the same), or when `registration` is pinned to documents. R07
 */
export async function registerInstead(context: AccessContext): Promise<boolean> {
  const grant = await readGrant(context);
  const server = context.lastRefusal?.discovery?.server;
  if (grant?.registration.kind !== "metadata-document" || server?.registrationEndpoint === undefined || !sameIssuer(server.issuer, grant.issuer)) return false;
  if (settingsOf(context).registration === "cimd" || (await isDocumentRefused(context, server))) return false;
  // Also in this process: a memory that cannot be written must not make this a loop.
  context.refusedDocument = { issuer: grant.issuer, clientId: grant.registration.clientId, at: context.runtime.now() };
  await context.memory.note(context.serverUrl, { refusedDocument: context.refusedDocument });
  return true;
}

/** The configured document is one whose tokens this server refused. */
export async function isDocumentRefused(context: AccessContext, server: Discovery["server"]): Promise<boolean> {
  const { clientMetadataUrl, registration } = settingsOf(context);
  const refused = context.refusedDocument ?? (await context.memory.read(context.serverUrl)).refusedDocument;
  return refused !== undefined && (registration ?? "auto") === "auto" && refused.clientId === clientMetadataUrl && sameIssuer(refused.issuer, server.issuer);
}
