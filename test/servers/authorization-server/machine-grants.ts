import { decodeJwt } from "jose";
import { audiencesOf, readAssertion } from "./assertion.ts";
import { invalidGrant, issueFirst, type GrantRequest, type Outcome, type Refusal } from "./issue.ts";
import { idJagType } from "./grant-types.ts";
import { sentIssuer, type AuthorizationServerState } from "./state.ts";
import { words, type Approval } from "./store.ts";

/** RFC 6749 §4.4. */
export function issueToClient(state: AuthorizationServerState, request: GrantRequest): Outcome {
  const scope = request.form.get("scope") ?? undefined;
  const refused = words(scope).filter((word) => state.toggles.refusedScopes.includes(word));
  if (refused.length > 0) return { status: 400, error: "invalid_scope", error_description: `not allowed: ${refused.join(" ")}` };
  return issueFirst(state, machineApproval(state, request, request.clientId));
}

/** RFC 7523 §2.1, and with `grantAssertionType: "id-jag"` the redemption of an identity assertion grant. */
export async function redeemAssertion(state: AuthorizationServerState, request: GrantRequest): Promise<Outcome> {
  const { toggles } = state;
  const assertion = request.form.get("assertion");
  if (assertion === null) return { status: 400, error: "invalid_request", error_description: "assertion is missing" };
  const trusted = toggles.trustedIssuers.find(({ issuer }) => issuer === claimsOf(assertion)?.iss);
  if (trusted === undefined) return invalidGrant("the assertion's issuer is not trusted");
  const read = await readAssertion(state, assertion, { ...trusted, audiences: audiencesOf(state, toggles.grantAssertionAudience) });
  if (typeof read === "string") return invalidGrant(read);
  const { claims, typ } = read;
  if (toggles.grantAssertionType === "id-jag") {
    if (typ !== "oauth-id-jag+jwt") return invalidGrant("the assertion is no ID-JAG");
    if (claims["client_id"] !== request.clientId) return invalidGrant("the ID-JAG was issued for another client");
    if (toggles.expectedResource !== undefined && claims["resource"] !== toggles.expectedResource) return { status: 400, error: "invalid_target", error_description: `the ID-JAG is for ${String(claims["resource"])}` };
  }
  const approval = machineApproval(state, request, claims.sub ?? "");
  const claimed = (name: string): string | undefined => (typeof claims[name] === "string" ? claims[name] : undefined);
  return issueFirst(state, { ...approval, resource: approval.resource ?? claimed("resource"), scope: approval.scope ?? claimed("scope") });
}

/** RFC 8693 as an identity provider: a subject's id_token (or refresh token) for an ID-JAG. */
export async function exchangeToken(state: AuthorizationServerState, { form, clientId }: GrantRequest): Promise<Outcome> {
  const { store, toggles } = state;
  if (form.get("requested_token_type") !== idJagType) return badRequest(`requested_token_type must be ${idJagType}`);
  const subject = await subjectOf(state, form, clientId);
  if (typeof subject !== "string") return subject;
  if (toggles.exchangePolicy === "deny") return { status: 400, error: "access_denied", error_description: "your organization's policy does not allow this application" };
  const [audience, resource] = [form.get("audience"), form.get("resource") ?? undefined];
  if (audience === null) return badRequest("audience is missing");
  const allowed = (list: readonly string[], value: string | undefined): boolean => list.length === 0 || (value !== undefined && list.includes(value));
  if (!allowed(toggles.exchangeAudiences, audience)) return { status: 400, error: "invalid_target", error_description: `audience ${audience} is unknown` };
  if (!allowed(toggles.exchangeResources, resource)) return { status: 400, error: "invalid_target", error_description: `resource ${String(resource)} is unknown` };
  const scope = form.get("scope") ?? undefined;
  const claims = { iss: sentIssuer(state), sub: subject, aud: audience, resource, scope, client_id: toggles.exchangeClientIds[clientId] ?? clientId };
  const assertion = await state.key.sign(claims, "oauth-id-jag+jwt");
  store.secrets.push({ kind: "id-jag", value: assertion });
  return { answer: { issued_token_type: idJagType, access_token: assertion, token_type: "N_A", expires_in: 300, scope } };
}

async function subjectOf(state: AuthorizationServerState, form: URLSearchParams, clientId: string): Promise<string | Refusal> {
  const [token, type] = [form.get("subject_token") ?? "", form.get("subject_token_type")];
  if (type === "urn:ietf:params:oauth:token-type:refresh_token") {
    const known = state.store.tokens.get(token);
    const good = known?.kind === "refresh" && known.state === "live" && known.approval.clientId === clientId;
    return good ? known.approval.subject : invalidGrant("the refresh token is not acceptable");
  }
  if (type !== "urn:ietf:params:oauth:token-type:id_token") return badRequest("subject_token_type must be id_token or refresh_token");
  const rules = { issuer: sentIssuer(state), jwks: state.key.jwks(), audiences: [clientId] };
  // An id_token may be exchanged more than once: only assertions are looked at for replays.
  const read = await readAssertion({ ...state, toggles: { ...state.toggles, refusesReplays: false } }, token, rules);
  return typeof read === "string" ? invalidGrant(read) : (read.claims.sub ?? "");
}

function machineApproval({ toggles }: AuthorizationServerState, { form, clientId, jkt }: GrantRequest, subject: string): Approval {
  return {
    clientId,
    redirectUri: "",
    codeChallenge: "",
    scope: toggles.grantedScope ?? form.get("scope") ?? undefined,
    resource: form.get("resource") ?? undefined,
    audience: form.get("audience") ?? undefined,
    subject,
    renewable: false,
    jkt,
  };
}

function claimsOf(assertion: string): ReturnType<typeof decodeJwt> | undefined {
  try {
    return decodeJwt(assertion);
  } catch {
    return undefined;
  }
}

function badRequest(description: string): Refusal {
  return { status: 400, error: "invalid_request", error_description: description };
}
