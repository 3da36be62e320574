import { plainText, showUrl } from "../../base/redact.ts";
import type { ConfiguredServer } from "../../config/configuration.ts";
import { givenForm } from "../../config/grant-keys.ts";
import type { DeletionResult, NamedClient } from "../../connection/manager.ts";
import { issuerWords } from "./sign-in-words.ts";
import type { Colors } from "./terminal.ts";
import { durationWords } from "./time-words.ts";

/** A client that stands in an entry. */
export interface ConfiguredClient {
  readonly from: "config" | "cimd";
  readonly server: string;
  readonly clientId: string;
  readonly hasSecret: boolean;
  readonly file: string;
  readonly line: number;
  readonly redirectUri: string | undefined;
}

export function configuredClientOf({ name, entry, source }: ConfiguredServer): ConfiguredClient | undefined {
  if (entry?.type !== "remote" || typeof entry.oauth !== "object") return undefined;
  const { clientId, clientMetadataUrl, redirectUri } = entry.oauth;
  const id = clientId ?? clientMetadataUrl;
  if (id === undefined) return undefined;
  return { from: clientId === undefined ? "cimd" : "config", server: name, clientId: id, hasSecret: givenForm(entry.oauth, "clientSecret") !== undefined, file: source.file, line: source.line, redirectUri };
}

export function configuredClientLines({ server, clientId, hasSecret, file, line, from, redirectUri }: ConfiguredClient, colors: Colors): readonly string[] {
  const kind = from === "cimd" ? "client metadata document" : `configured${hasSecret ? ", with a secret" : ""}`;
  return [`${colors.bold(plainText(clientId, 120))}  ${kind}`, `    ${colors.dim(`for ${plainText(server)}, in ${plainText(file)}:${line}${redirectUri === undefined ? "" : `, redirect URI ${plainText(redirectUri)}`}`)}`];
}

const kindWords: Readonly<Record<NamedClient["kind"], string>> = { dynamic: "registered by mcpass", "metadata-document": "client metadata document", configured: "configured" };

export function clientLines(client: NamedClient, colors: Colors, now: number): readonly string[] {
  const { clientId, kind, issuer, hasSecret, redirectUri, registeredAt, expiresAt, deletable, servers, serverUrls, key } = client;
  const users = servers.length > 0 ? servers.map((name) => plainText(name)).join(", ") : serverUrls.map(showUrl).join(", ");
  const secret = !hasSecret ? "no secret" : expiresAt === undefined ? "a secret that does not end" : expiresAt > now ? `a secret that ends in ${durationWords(expiresAt - now)}` : "a secret that has ended";
  return [
    `${colors.bold(plainText(clientId, 120))}  ${kindWords[kind]} ${durationWords(now - registeredAt)} ago${key === undefined ? ", only in the sign-in" : ""}`,
    `    ${colors.dim(`at ${issuerWords(issuer)}${users === "" ? "" : `, for ${users}`}`)}`,
    `    ${colors.dim(`${redirectUri === undefined ? "" : `${plainText(redirectUri)}, `}${secret}${deletable ? ", can be deleted at the issuer" : ""}`)}`,
  ];
}

export function deletionWords(clientId: string, issuer: string, result: DeletionResult, colors: Colors): string {
  const client = `${plainText(clientId, 120)} at ${showUrl(issuer)}`;
  switch (result.kind) {
    case "deleted":
      return `${colors.green("✓")} Deleted ${client}, and forgot it here.`;
    case "gone":
      return `${colors.green("✓")} ${client} was not known there any more; forgot it here.`;
    case "not-offered":
      return `${colors.yellow("⚠")} ${client} cannot be deleted there: the issuer does not offer it. It is kept; mcpass clients forget removes it here.`;
    case "failed":
      return `${colors.red("✗")} ${client} was not deleted (${result.said}). It is kept.`;
  }
}
