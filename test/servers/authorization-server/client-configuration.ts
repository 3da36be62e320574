import { next } from "../answers.ts";
import { json, text, type Asked, type Reply } from "../listener.ts";
import { registrationFault } from "./registration-rules.ts";
import { endpointUrl, pathOf, type AuthorizationServerState } from "./state.ts";
import { randomName, type RegisteredClient } from "./store.ts";

/** RFC 7592 §2. undefined: the path is no client's. */
export function answerClientConfiguration(state: AuthorizationServerState, asked: Asked): Reply | undefined {
  const prefix = `${pathOf(state, "register")}/`;
  if (state.toggles.clientConfiguration === "off" || !asked.path.startsWith(prefix)) return undefined;
  const kind = next(state.toggles.clientConfigurationAnswer);
  if (kind === "unavailable") return text(503, "Service Unavailable");
  if (kind === "forbidden") return text(403, "Forbidden");
  const client = state.store.clients.get(decodeURIComponent(asked.path.slice(prefix.length)));
  if (client === undefined || asked.headers["authorization"] !== `Bearer ${client.registrationToken ?? ""}`) {
    return { ...json(401, { error: "invalid_token" }), headers: { "content-type": "application/json", "www-authenticate": 'Bearer error="invalid_token"' } };
  }
  if (asked.method === "GET") return json(200, describe(state, client));
  if (asked.method === "PUT") return replace(state, client, asked.body);
  return asked.method === "DELETE" ? remove(state, client) : text(405, "Method Not Allowed");
}

/** What a registration's answer says of it; gives the client its token. */
export function configurationFields(state: AuthorizationServerState, client: RegisteredClient): Record<string, string> {
  const { store, toggles } = state;
  if (toggles.clientConfiguration === "off") return {};
  if (client.registrationToken === undefined || toggles.rotatesRegistrationToken) {
    client.registrationToken = randomName("registration");
    store.secrets.push({ kind: "registration-token", value: client.registrationToken });
  }
  const uri = `${endpointUrl(state, "register")}/${encodeURIComponent(client.clientId)}`;
  return { registration_access_token: client.registrationToken, registration_client_uri: uri };
}

function describe(state: AuthorizationServerState, client: RegisteredClient, fields = currentFields(state, client)): Record<string, unknown> {
  const secret = client.secret === undefined ? {} : { client_secret: client.secret, client_secret_expires_at: client.secretExpiresAt ?? 0 };
  return { ...client.metadata, ...fields, ...secret, client_id: client.clientId };
}

function currentFields(state: AuthorizationServerState, client: RegisteredClient): Record<string, unknown> {
  return { registration_access_token: client.registrationToken, registration_client_uri: `${endpointUrl(state, "register")}/${encodeURIComponent(client.clientId)}` };
}

/** RFC 7592 §2.2: the whole metadata is replaced, and must not name another client. */
function replace(state: AuthorizationServerState, client: RegisteredClient, body: string): Reply {
  const request = JSON.parse(body) as Record<string, unknown>;
  const { client_id: named, client_secret: secret, ...metadata } = request;
  const forbidden = ["registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"].find((field) => field in request);
  if (named !== client.clientId || forbidden !== undefined || (secret !== undefined && secret !== client.secret)) {
    return json(400, { error: "invalid_client_metadata", error_description: forbidden === undefined ? "client_id or client_secret differs" : `${forbidden} must not be sent` });
  }
  const fault = registrationFault(state.toggles, metadata);
  if (fault !== undefined) return json(400, fault);
  const redirectUris = Array.isArray(metadata["redirect_uris"]) ? metadata["redirect_uris"].map(String) : [];
  const changed: RegisteredClient = { ...client, metadata, redirectUris };
  state.store.clients.set(client.clientId, changed);
  return json(200, describe(state, changed, configurationFields(state, changed)));
}

/** RFC 7592 §2.3: the client and all its tokens end. */
function remove({ store }: AuthorizationServerState, { clientId }: RegisteredClient): Reply {
  store.clients.delete(clientId);
  for (const issued of store.tokens.values()) if (issued.approval.clientId === clientId) issued.state = "revoked";
  return { status: 204 };
}
