import type { McpassError } from "../base/errors.ts";
import type { ConfiguredServer } from "./configuration.ts";
import type { Policy } from "./policy.ts";
import type { RemoteEntry } from "./server-entry.ts";

/** The server as the policy has it: one that is forbidden, or whose entry names what is, has that as its error, and nothing of it is ever asked. E04 */
export function underPolicy(policy: Policy, server: ConfiguredServer): ConfiguredServer {
  const refusal = server.entry === undefined ? undefined : (policy.broken ?? (server.entry.type === "remote" ? refusalOf(policy, server.entry) : undefined));
  return refusal === undefined ? server : { ...server, entry: undefined, error: refusal };
}

function refusalOf(policy: Policy, { url, oauth }: RemoteEntry): McpassError | undefined {
  const settings = typeof oauth === "object" ? oauth : {};
  const issuers = [settings.issuer, settings.idpIssuer].filter((name) => name !== undefined);
  const endpoints = [settings.authServerMetadataUrl, settings.authorizationEndpoint, settings.tokenEndpoint, settings.registrationEndpoint, settings.idpTokenEndpoint].filter((name) => name !== undefined);
  const scopes = (settings.scope ?? "").split(/\s+/).map((word) => word.replace(/^\+/, "")).filter((word) => word !== "");
  const [refusal] = [policy.forbidsServer(url), ...issuers.map((name) => policy.forbidsIssuer(name, true)), ...endpoints.map((name) => policy.forbidsIssuer(name, false)), policy.forbidsScopes(scopes)].filter((error) => error !== undefined);
  return refusal;
}
