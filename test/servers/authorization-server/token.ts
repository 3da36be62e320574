import { createHash } from "node:crypto";
import { next } from "../answers.ts";
import { json, type Asked, type Reply } from "../listener.ts";
import { resourceAllowed } from "./authorize.ts";
import { authenticateClient } from "./client-authentication.ts";
import type { AuthorizationServerState } from "./state.ts";
import type { Approval, IssuedToken } from "./store.ts";
import { earlyAnswer, finalAnswer } from "./token-answers.ts";

/** A refusal by RFC 6749 §5.2. */
type Refusal = { readonly status: number; readonly error: string; readonly error_description?: string };
type Issued = { readonly access: IssuedToken; readonly refresh: IssuedToken | undefined };

/** RFC 6749 §3.2. A failing kind of answer leaves code and refresh token unused, `reset-half` does not. */
export function answerToken(state: AuthorizationServerState, asked: Asked): Reply {
  const form = new URLSearchParams(asked.body);
  const grantType = form.get("grant_type");
  noteSecrets(state, form);
  if (grantType !== "authorization_code" && grantType !== "refresh_token") return refuse({ status: 400, error: "unsupported_grant_type" });
  const kind = next(grantType === "refresh_token" ? state.toggles.refreshAnswer : state.toggles.codeAnswer);
  const early = earlyAnswer(kind, form, asked, state.toggles);
  if (early !== undefined) return early;
  const client = authenticateClient(state, asked, form);
  if ("refused" in client) return refuse({ status: 401, error: "invalid_client", error_description: client.refused });
  if (!resourceAllowed(state.toggles, asked.body)) return refuse({ status: 400, error: "invalid_target" });
  const outcome = grantType === "refresh_token" ? renew(state, form, client.clientId) : redeem(state, form, client.clientId);
  return "error" in outcome ? refuse(outcome) : finalAnswer(kind, tokenBody(state, outcome));
}

function redeem(state: AuthorizationServerState, form: URLSearchParams, clientId: string): Issued | Refusal {
  const { store, toggles } = state;
  const known = store.codes.get(form.get("code") ?? "");
  if (known === undefined || known.used) return invalidGrant("the code is unknown or used");
  const { approval } = known;
  if (approval.clientId !== clientId) return invalidGrant("the code belongs to another client");
  if (approval.redirectUri !== form.get("redirect_uri")) return invalidGrant("redirect_uri differs");
  const challenge = createHash("sha256").update(form.get("code_verifier") ?? "").digest("base64url");
  if (challenge !== approval.codeChallenge) return invalidGrant("code_verifier does not match");
  known.used = true;
  const audience = form.get("audience") ?? approval.audience;
  const granted: Approval = { ...approval, audience, resource: form.get("resource") ?? approval.resource };
  const family = store.newFamily();
  const refresh = granted.renewable ? store.issueToken("refresh", granted, family, 30 * 86_400) : undefined;
  return { access: store.issueToken("access", granted, family, toggles.accessTokenSeconds), refresh };
}

function renew(state: AuthorizationServerState, form: URLSearchParams, clientId: string): Issued | Refusal {
  const { store, toggles } = state;
  const known = store.tokens.get(form.get("refresh_token") ?? "");
  if (known === undefined || known.kind !== "refresh") return invalidGrant("the refresh token is unknown");
  if (known.approval.clientId !== clientId) return invalidGrant("the refresh token belongs to another client");
  if (known.state !== "live") {
    if (toggles.rotation === "family") store.endFamily(known.family);
    return invalidGrant("Refresh token already used");
  }
  if (toggles.refreshNeedsScope && (form.get("scope") ?? undefined) !== known.approval.scope) {
    return { status: 400, error: "invalid_scope", error_description: "scope must be repeated" };
  }
  const access = store.issueToken("access", known.approval, known.family, toggles.accessTokenSeconds);
  if (toggles.rotation === "off") return { access, refresh: undefined };
  known.state = "used";
  return { access, refresh: store.issueToken("refresh", known.approval, known.family, 30 * 86_400) };
}

function tokenBody({ toggles }: AuthorizationServerState, { access, refresh }: Issued): Record<string, unknown> {
  return {
    access_token: access.token,
    token_type: toggles.tokenType,
    expires_in: toggles.accessTokenSeconds,
    refresh_token: refresh?.token,
    scope: toggles.answersScope ? access.approval.scope : undefined,
  };
}

function noteSecrets({ store }: AuthorizationServerState, form: URLSearchParams): void {
  const verifier = form.get("code_verifier");
  if (verifier !== null) store.secrets.push({ kind: "verifier", value: verifier });
}

function invalidGrant(description: string): Refusal {
  return { status: 400, error: "invalid_grant", error_description: description };
}

function refuse({ status, ...body }: Refusal): Reply {
  return json(status, body, { "cache-control": "no-store" });
}
