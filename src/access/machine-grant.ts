import { findMcpassError, McpassError } from "../base/errors.ts";
import { givenForm, type SecretName } from "../config/grant-keys.ts";
import { requireAllowed } from "../config/policy.ts";
import type { MachineGrantType } from "../config/server-entry.ts";
import type { BearerChallenge } from "../oauth/challenge.ts";
import type { Discovery } from "../oauth/discovery.ts";
import { sameIssuer } from "../oauth/issuer.ts";
import { redeemAssertion, requestClientCredentials } from "../oauth/machine-grant.ts";
import { createOutgoing } from "../oauth/outgoing.ts";
import type { TokenRequest, TokenResult } from "../oauth/token.ts";
import { exchangeForIdJag } from "../oauth/token-exchange.ts";
import type { Grant } from "../vault/vault-record.ts";
import { type AccessContext, machineOf, settingsOf } from "./access-context.ts";
import { aboutGrant } from "./about-grant.ts";
import { discoverFor } from "./assess.ts";
import { chooseAsking, requireSameParty, type ScopeWish } from "./authorize.ts";
import { credentialsOf } from "./client-credentials.ts";
import { newBinding, proverFor } from "./dpop-binding.ts";
import { isEnding } from "./ending.ts";
import { currentIdentity, identityContext, renewedIdentity } from "./identity.ts";
import { forbidsRequest } from "./policed.ts";
import { hasSecret, readSecret } from "./read-secret.ts";
import { withEntry } from "./lineage.ts";
import { issuerChanged } from "./refusals.ts";
import { keyOfGrant, linkGrant, recordedGrant, serves } from "./stored-grant.ts";
import { tokenTerms } from "./token-terms.ts";

export interface Minting {
  /** What the server said when it refused a request without a token. */
  readonly challenge: BearerChallenge | undefined;
  /** Although one is stored that can be used. */
  readonly anew?: boolean | undefined;
  /** Although the issuer is another than before. */
  readonly force?: boolean | undefined;
  readonly wish?: Partial<ScopeWish> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The first token of a grant that no person is asked for: discovery, then one request inside the vault's exclusion; of many processes one asks and all take
 * what it got. A refusal is final: nothing is tried another way. H03. Throws what discovery throws, `issuer_changed`, `token_refused`, and as `readSecret` does.
 */
export async function mintGrant(context: AccessContext, minting: Minting): Promise<Grant> {
  const discovery = await discoverFor(context, minting.challenge, { guessEndpoints: false, signal: minting.signal });
  requireKnownIssuer(context, await recordedGrant(context), discovery, minting.force === true);
  const terms = await termsOf(context, discovery, minting);
  const key = keyOfGrant(context, { issuer: terms.issuer, resource: terms.resource, clientId: terms.registration.clientId });
  let obtained = false;
  const record = await context.vault.update(key, async (current) => {
    const stored = current?.kind === "grant" ? current : undefined;
    const usable = stored?.tokens !== undefined && serves(context, stored) && !isEnding(stored, context.runtime.now());
    if (usable && minting.anew !== true) return "keep";
    obtained = true;
    const grant = await minted(context, { ...terms, generation: stored?.generation ?? 0, lineage: stored?.lineage }, discovery.server.tokenEndpointAuthMethods);
    return withEntry(grant, "signed-in", { at: context.runtime.now(), by: context.runtime.processName });
  });
  await linkGrant(context, key);
  if (record?.kind === "grant") {
    if (obtained) context.events.emit({ type: "grant.obtained", ...aboutGrant(context, record), grantType: machineOf(context) ?? "", scopes: record.tokens?.scopes ?? [] });
    return record;
  }
  throw new McpassError("internal", `The grant for ${context.name} was not stored.`);
}

/** Nobody is there to read two names, so a credential goes to another issuer only when the configuration or `--force` says so. R-18, Z03 */
function requireKnownIssuer(context: AccessContext, recorded: Grant | undefined, discovery: Discovery, force: boolean): void {
  const moved = recorded !== undefined && !sameIssuer(recorded.issuer, discovery.server.issuer);
  if (moved && !force && settingsOf(context).issuer === undefined) throw issuerChanged(context, recorded.issuer, discovery.server.issuer);
  requireSameParty(context, recorded, discovery, force);
}

/** The grant with its next token, by its recorded terms: no discovery. */
export async function minted(context: AccessContext, grant: Grant, methods?: readonly string[]): Promise<Grant> {
  const { tokens, method } = await request(context, machineOf(context) ?? "client_credentials", {
    ...tokenTerms(context),
    tokenEndpoint: grant.tokenEndpoint,
    client: await credentialsOf(context, grant.registration),
    methods,
    resource: grant.resource,
    scopes: grant.requestedScopes,
    prover: await proverFor(context, grant.dpopKey),
  }, grant.issuer).catch((thrown: unknown) => Promise.reject(refusedGrant(context, thrown)));
  requireAllowed(context.policy.forbidsScopes(tokens.scopes));
  return { ...grant, tokens, registration: { ...grant.registration, tokenEndpointAuthMethod: method }, generation: grant.generation + 1, trouble: undefined, ended: undefined };
}

async function termsOf(context: AccessContext, discovery: Discovery, { wish, challenge }: Minting): Promise<Grant> {
  const { server } = discovery;
  const { clientId = "", tokenEndpointAuthMethod } = settingsOf(context);
  const now = context.runtime.now();
  const asking = chooseAsking(context, discovery, { scope: wish?.scope, challenged: wish?.challenged ?? challenge?.scopes ?? [], held: wish?.held ?? [] }, { withoutOffline: true });
  return {
    kind: "grant",
    serverUrl: context.serverUrl,
    account: context.account,
    issuer: server.issuer,
    tokenEndpoint: server.tokenEndpoint,
    revocationEndpoint: server.revocationEndpoint,
    authorizationEndpoint: server.authorizationEndpoint,
    resource: asking.resource,
    registration: { kind: "configured", issuer: server.issuer, clientId, clientSecret: undefined, clientSecretExpiresAt: undefined, tokenEndpointAuthMethod, redirectUri: undefined, registeredAt: now },
    requestedScopes: asking.scopes,
    tokens: undefined,
    obtainedAt: now,
    renewedAt: undefined,
    generation: 0,
    grantType: machineOf(context),
    dpopKey: (await newBinding(context))?.key,
    trouble: undefined,
    ended: undefined,
  };
}

async function request(context: AccessContext, machine: MachineGrantType, terms: TokenRequest, issuer: string): Promise<TokenResult> {
  if (machine === "client_credentials") return requestClientCredentials(context.outgoing, terms);
  const assertion = machine === "jwt-bearer" ? ((await readSecret(context, "assertion")) ?? "") : await identityAssertion(context, terms, issuer);
  return redeemAssertion(context.outgoing, terms, assertion);
}

/** The identity provider is configured, so it may be on any network; nothing that a server named is sent there but names. E03 */
async function identityAssertion(context: AccessContext, terms: TokenRequest, audience: string): Promise<string> {
  const { idpTokenEndpoint, idpClientId = "" } = settingsOf(context);
  const idp = identityContext(context);
  const identity = idp === undefined ? undefined : await currentIdentity(idp);
  const tokenEndpoint = idpTokenEndpoint ?? identity?.grant.tokenEndpoint ?? "";
  const outgoing = createOutgoing({ runtime: context.runtime, forbids: forbidsRequest(context.policy), serverUrl: tokenEndpoint, allowPrivate: true });
  const client = { clientId: idpClientId, clientSecret: await readSecret(context, "idpClientSecret"), tokenEndpointAuthMethod: undefined };
  const { resource, scopes, now, timeoutMs, signal } = terms;
  const exchange = (idToken: string): Promise<string> => exchangeForIdJag(outgoing, { tokenEndpoint, client, methods: undefined, resource, scopes, parameters: {}, now, timeoutMs, signal }, { idToken, audience });
  if (idp === undefined || identity === undefined) return exchange((await readSecret(context, "idToken")) ?? "");
  return exchange(identity.idToken).catch(async (thrown: unknown) => {
    // Its clock, or an ended session, may say other than ours: one more try, with a token of this moment. RFC 8693 §2.2.2
    if (!["invalid_grant", "invalid_token", "invalid_request"].includes(String(findMcpassError(thrown)?.details["oauthError"]))) throw thrown;
    return exchange((await renewedIdentity(idp, identity.grant)).idToken);
  });
}

function whatToCheck(context: AccessContext, machine: MachineGrantType): string {
  const given = (name: SecretName): string => `oauth.${givenForm(settingsOf(context), name) ?? name}`;
  switch (machine) {
    case "client_credentials":
      return `oauth.clientId and ${hasSecret(context, "privateKey") ? given("privateKey") : `${given("clientSecret")} (or oauth.privateKeyFile)`}`;
    case "jwt-bearer":
      return `the assertion in ${given("assertion")}: its audience, its expiry, and whether the issuer trusts who issued it`;
    case "id-jag":
      if (settingsOf(context).idpIssuer !== undefined) return "oauth.idpClientId, and whether the company's policy allows this server";
      return `${given("idToken")} (an ID token lives minutes to hours), oauth.idpClientId, and whether the company's policy allows this server`;
  }
}

/** A refusal of the issuer's, with what to check; a person cannot help by signing in. Other errors pass. */
function refusedGrant(context: AccessContext, thrown: unknown): unknown {
  const error = findMcpassError(thrown);
  const machine = machineOf(context);
  if (error?.code !== "token_refused" || error.details["failure"] === "transient" || machine === undefined) return thrown;
  return new McpassError("token_refused", `${context.name} got no token by the grant ${machine}: ${error.message}`, { hint: `Check ${whatToCheck(context, machine)}.`, cause: error, details: { ...error.details, server: context.name } });
}
