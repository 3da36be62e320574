import { createHash } from "node:crypto";
import { next, type Scripted } from "../answers.ts";
import type { ProofVerdict } from "../dpop.ts";
import type { Asked, Reply } from "../listener.ts";
import { resourceAllowed } from "./authorize.ts";
import { authenticateClient, type ClientVerdict } from "./client-authentication.ts";
import { clientFault } from "./client-faults.ts";
import { redeemDevice } from "./device.ts";
import { grantTypes } from "./grant-types.ts";
import { invalidGrant, issueFirst, refuse, tokenBody, type GrantRequest, type Issued, type Outcome, type Refusal } from "./issue.ts";
import { exchangeToken, issueToClient, redeemAssertion } from "./machine-grants.ts";
import { scopeFault } from "./scope-rule.ts";
import { endpointUrl, type AuthorizationServerState } from "./state.ts";
import type { Approval, IssuedToken } from "./store.ts";
import { earlyAnswer, finalAnswer } from "./token-answers.ts";
import type { TokenAnswer } from "./toggles.ts";

interface Grant {
  readonly answers: Scripted<TokenAnswer>;
  readonly process: (state: AuthorizationServerState, request: GrantRequest) => Outcome | Promise<Outcome>;
}

/** RFC 6749 §3.2. A failing kind of answer leaves code and refresh token unused, `reset-half` does not. */
export async function answerToken(state: AuthorizationServerState, asked: Asked): Promise<Reply> {
  const form = new URLSearchParams(asked.body);
  const grantType = form.get("grant_type") ?? "";
  noteSecrets(state, form);
  const grant = findGrant(state, grantType);
  if (grant === undefined) return refuse({ status: 400, error: "unsupported_grant_type" });
  const kind = next(grant.answers);
  const early = earlyAnswer(kind, form, asked, state.toggles);
  if (early !== undefined) return early;
  const verdict = await whoAsks(state, asked, form);
  const fault = grantType === "refresh_token" ? clientFault(state, verdict, "authorization_code") : clientFault(state, verdict, grantType);
  if (fault !== undefined || "refused" in verdict) return fault ?? refuse({ status: 401, error: "invalid_client" });
  const proof = await checkProof(state, asked);
  if (proof !== undefined && !proof.ok) return withNonce(state, refuse({ status: 400, error: proof.error, error_description: proof.description }));
  if (!resourceAllowed(state.toggles, asked.body)) return refuse({ status: 400, error: "invalid_target" });
  const outcome = await grant.process(state, { form, clientId: verdict.clientId, jkt: proof?.jkt });
  if ("error" in outcome) return withNonce(state, refuse(outcome));
  return withNonce(state, finalAnswer(kind, "answer" in outcome ? outcome.answer : await bodyOf(state, outcome, grantType), asked));
}

async function bodyOf(state: AuthorizationServerState, issued: Issued, grantType: string): Promise<Record<string, unknown>> {
  const body = await tokenBody(state, issued);
  return grantType === "refresh_token" && !state.toggles.idTokensOnRenewal ? { ...body, id_token: undefined } : body;
}

function findGrant({ toggles }: AuthorizationServerState, grantType: string): Grant | undefined {
  if (grantType === "authorization_code") return { answers: toggles.codeAnswer, process: redeem };
  if (grantType === "refresh_token") return { answers: toggles.refreshAnswer, process: renew };
  const name = toggles.grants.find((each) => grantTypes[each] === grantType);
  if (name === undefined) return undefined;
  const process = { device: redeemDevice, "client-credentials": issueToClient, "jwt-bearer": redeemAssertion, "token-exchange": exchangeToken }[name];
  return { answers: toggles.machineAnswer, process };
}

/** RFC 7521 §4.1: a jwt-bearer assertion may come without a client. */
async function whoAsks(state: AuthorizationServerState, asked: Asked, form: URLSearchParams): Promise<ClientVerdict> {
  const { toggles } = state;
  const free = form.get("grant_type") === grantTypes["jwt-bearer"] && toggles.grantAssertionClient === "not-needed" && toggles.grantAssertionType !== "id-jag";
  const nameless = asked.headers["authorization"] === undefined && form.get("client_secret") === null && form.get("client_assertion") === null;
  if (!free || !nameless) return authenticateClient(state, asked, form);
  const client = { kind: "believed", redirectUris: [], secret: undefined, jwks: undefined, grantTypes: undefined, scope: undefined } as const;
  return { clientId: form.get("client_id") ?? "", client };
}

/** RFC 9449 §5 and §8. undefined: none came and none is needed, or they are not looked at. */
async function checkProof(state: AuthorizationServerState, asked: Asked): Promise<ProofVerdict | undefined> {
  const { dpop, dpopNonce: nonce, dpopSkewSeconds: skewSeconds } = state.toggles;
  if (dpop === "off") return undefined;
  const proof = await state.proofs.check(asked, { url: endpointUrl(state, "token"), nonce, skewSeconds });
  if (proof === undefined && dpop === "required") return { ok: false, error: "invalid_dpop_proof", description: "a DPoP proof is required" };
  return proof;
}

function withNonce({ toggles, proofs }: AuthorizationServerState, reply: Reply): Reply {
  if (toggles.dpop === "off" || toggles.dpopNonce === "off") return reply;
  return { ...reply, headers: { ...reply.headers, "dpop-nonce": proofs.nonce() } };
}

function redeem(state: AuthorizationServerState, { form, clientId, jkt }: GrantRequest): Issued | Refusal {
  const { store } = state;
  const known = store.codes.get(form.get("code") ?? "");
  if (known === undefined || known.used) return invalidGrant("the code is unknown or used");
  const { approval } = known;
  if (approval.clientId !== clientId) return invalidGrant("the code belongs to another client");
  if (approval.redirectUri !== form.get("redirect_uri")) return invalidGrant("redirect_uri differs");
  const challenge = createHash("sha256").update(form.get("code_verifier") ?? "").digest("base64url");
  if (challenge !== approval.codeChallenge) return invalidGrant("code_verifier does not match");
  if (approval.jkt !== undefined && approval.jkt !== jkt) return { status: 400, error: "invalid_dpop_proof", error_description: "the key is not that of dpop_jkt" };
  const fault = scopeFault(state, "code", { scope: form.get("scope") ?? approval.scope, resource: form.get("resource") ?? undefined });
  if (fault !== undefined) return { status: 400, ...fault };
  known.used = true;
  const audience = form.get("audience") ?? approval.audience;
  const granted: Approval = { ...approval, audience, resource: form.get("resource") ?? approval.resource, jkt };
  return issueFirst(state, granted);
}

function renew(state: AuthorizationServerState, { form, clientId, jkt }: GrantRequest): Issued | Refusal {
  const { store, toggles } = state;
  const known = store.tokens.get(form.get("refresh_token") ?? "");
  if (known === undefined || known.kind !== "refresh") return invalidGrant("the refresh token is unknown");
  if (known.approval.clientId !== clientId) return invalidGrant("the refresh token belongs to another client");
  if (known.approval.jkt !== undefined && known.approval.jkt !== jkt) return { status: 400, error: "invalid_dpop_proof", error_description: "the refresh token is bound to another key" };
  if (!stillGood(known, toggles.rotationGraceSeconds)) {
    if (toggles.rotation === "family") store.endFamily(known.family);
    return invalidGrant("Refresh token already used");
  }
  if (toggles.refreshNeedsScope && (form.get("scope") ?? undefined) !== known.approval.scope) {
    return { status: 400, error: "invalid_scope", error_description: "scope must be repeated" };
  }
  const fault = scopeFault(state, "refresh", { scope: form.get("scope") ?? known.approval.scope, resource: form.get("resource") ?? undefined });
  if (fault !== undefined) return { status: 400, ...fault };
  if (toggles.rotationEndsAccess) for (const issued of store.tokens.values()) if (issued.family === known.family && issued.kind === "access") issued.state = "revoked";
  const access = store.issueToken("access", known.approval, known.family, toggles.accessTokenSeconds);
  if (toggles.rotation === "off") return { access, refresh: undefined };
  known.state = "used";
  known.usedAt ??= Date.now();
  return { access, refresh: store.issueToken("refresh", known.approval, known.family, 30 * 86_400) };
}

function stillGood({ state, usedAt }: IssuedToken, graceSeconds: number): boolean {
  return state === "live" || (state === "used" && usedAt !== undefined && Date.now() - usedAt < graceSeconds * 1000);
}

function noteSecrets({ store }: AuthorizationServerState, form: URLSearchParams): void {
  const verifier = form.get("code_verifier");
  if (verifier !== null) store.secrets.push({ kind: "verifier", value: verifier });
}
