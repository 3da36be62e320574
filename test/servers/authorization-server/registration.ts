import { next } from "../answers.ts";
import { html, json, text, type Asked, type Reply } from "../listener.ts";
import { configurationFields } from "./client-configuration.ts";
import { registrationFault } from "./registration-rules.ts";
import type { AuthorizationServerState } from "./state.ts";
import { randomName, type RegisteredClient } from "./store.ts";
import type { RegistrationAnswer } from "./toggles.ts";

/** RFC 7591 §3. */
export function answerRegistration(state: AuthorizationServerState, asked: Asked): Reply {
  const kind = next(state.toggles.registration);
  if (asked.method !== "POST") return text(405, "Method Not Allowed");
  const request = parse(asked.body);
  if (request === undefined) return json(400, { error: "invalid_client_metadata", error_description: "not a JSON object" });
  const { initialAccessToken } = state.toggles;
  if (initialAccessToken !== undefined && asked.headers["authorization"] !== `Bearer ${initialAccessToken}`) return refusal("unauthorized", 0);
  if (kind === "on" || (kind === "named" && state.toggles.approvedNames.includes(String(request["client_name"])))) {
    return register(state, request);
  }
  return refusal(kind, state.toggles.retryAfterSeconds);
}

function refusal(kind: Exclude<RegistrationAnswer, "on">, retryAfterSeconds: number): Reply {
  const refusals: Record<typeof kind, () => Reply> = {
    off: () => text(404, "404 page not found"),
    named: () => text(403, "Forbidden"),
    unauthorized: () => ({ ...text(401, "Unauthorized"), headers: { "www-authenticate": "Bearer" } }),
    policy: () => json(403, { error: "insufficient_scope", error_description: "Policy 'Trusted Hosts' rejected request to client-registration service. Details: Host not trusted." }),
    busy: () => text(429, "Too Many Requests", { "retry-after": String(retryAfterSeconds) }),
    refused: () => json(400, { error: "invalid_client_metadata", error_description: "client_name is not acceptable" }),
    "redirect-refused": () => json(400, { error: "invalid_redirect_uri", error_description: "redirect_uris are not acceptable" }),
    failing: () => text(500, "Internal Server Error"),
    html: () => html(200, "<h1>Welcome</h1>"),
    "no-client-id": () => json(201, { redirect_uris: [] }),
    reset: () => ({ status: 0, cut: true }),
  };
  return refusals[kind]();
}

function register(state: AuthorizationServerState, request: Record<string, unknown>): Reply {
  const { toggles, store } = state;
  const fault = registrationFault(toggles, request);
  if (fault !== undefined) return json(400, fault);
  const redirectUris = Array.isArray(request["redirect_uris"]) ? request["redirect_uris"] : [];
  const asked = typeof request["token_endpoint_auth_method"] === "string" ? request["token_endpoint_auth_method"] : "client_secret_basic";
  const withSecret = toggles.issueSecret === "always" || (toggles.issueSecret === "as-asked" && asked !== "none" && asked !== "private_key_jwt");
  const secret = withSecret ? randomName("secret") + toggles.secretSuffix : undefined;
  const lifetime = toggles.secretLifetimeSeconds;
  const secretExpiresAt = lifetime === undefined ? undefined : Math.floor(Date.now() / 1000 + lifetime);
  const client: RegisteredClient = { clientId: randomName("client"), secret, secretExpiresAt, redirectUris: redirectUris.map(String), metadata: request };
  store.clients.set(client.clientId, client);
  if (secret !== undefined) store.secrets.push({ kind: "client-secret", value: secret });
  return json(toggles.registrationStatus, {
    ...request,
    ...configurationFields(state, client),
    client_id: client.clientId,
    client_id_issued_at: Math.floor(Date.now() / 1000),
    ...(secret === undefined ? {} : { client_secret: secret, client_secret_expires_at: secretExpiresAt ?? 0 }),
    token_endpoint_auth_method: toggles.registeredMethod === "as-asked" ? asked : toggles.registeredMethod,
    ...(toggles.registrationNulls ? { client_uri: null, logo_uri: null, scope: null, contacts: null, ...(secret === undefined ? { client_secret: null } : {}) } : {}),
  });
}

function parse(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
