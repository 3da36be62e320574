import { json, type Reply } from "../listener.ts";
import { sentIssuer, type AuthorizationServerState } from "./state.ts";
import { words, type Approval, type IssuedToken } from "./store.ts";

/** A refusal by RFC 6749 §5.2. */
export type Refusal = { readonly status: number; readonly error: string; readonly error_description?: string | undefined };
export type Issued = { readonly access: IssuedToken; readonly refresh: IssuedToken | undefined };
/** What a grant came to: tokens of this server, an answer of its own making, or a refusal. */
export type Outcome = Issued | { readonly answer: Record<string, unknown> } | Refusal;

/** What every grant is told of the request. */
export interface GrantRequest {
  readonly form: URLSearchParams;
  readonly clientId: string;
  /** The thumbprint of the key whose DPoP proof came along. */
  readonly jkt: string | undefined;
}

/** The first tokens of a new family. */
export function issueFirst({ store, toggles }: AuthorizationServerState, approval: Approval): Issued {
  const family = store.newFamily();
  const refresh = approval.renewable ? store.issueToken("refresh", approval, family, 30 * 86_400) : undefined;
  return { access: store.issueToken("access", approval, family, toggles.accessTokenSeconds), refresh };
}

export async function tokenBody(state: AuthorizationServerState, { access, refresh }: Issued): Promise<Record<string, unknown>> {
  const { toggles } = state;
  return {
    access_token: access.token,
    token_type: access.approval.jkt === undefined ? toggles.tokenType : "DPoP",
    expires_in: toggles.accessTokenSeconds,
    refresh_token: refresh?.token,
    scope: toggles.answersScope ? access.approval.scope : undefined,
    id_token: toggles.idTokens === "unasked" || (toggles.idTokens && words(access.approval.scope).includes("openid")) ? await idToken(state, access.approval) : undefined,
  };
}

/** OpenID Connect Core §2; a secret in the ledger's eyes. */
export async function idToken(state: AuthorizationServerState, { subject, clientId, nonce }: Pick<Approval, "subject" | "clientId" | "nonce">): Promise<string> {
  const { idTokenClaims, people } = state.toggles;
  const told = idTokenClaims === "none" ? {} : idTokenClaims === "all" ? people[subject] : idTokenClaims;
  const value = await state.key.sign({ iss: sentIssuer(state), sub: subject, aud: clientId, nonce, exp: Math.floor(Date.now() / 1000) + state.toggles.idTokenSeconds, ...told });
  state.store.secrets.push({ kind: "id-token", value });
  return value;
}

export function invalidGrant(description: string): Refusal {
  return { status: 400, error: "invalid_grant", error_description: description };
}

export function refuse({ status, ...body }: Refusal): Reply {
  return json(status, body, { "cache-control": "no-store" });
}
