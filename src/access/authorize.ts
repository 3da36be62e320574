import { McpassError } from "../base/errors.ts";
import { withoutAddressSecrets } from "../base/redact.ts";
import { shellWord } from "../base/shell-word.ts";
import { requireAllowed } from "../config/policy.ts";
import { type BegunAuthorization, beginAuthorization, type PendingAuthorization, readCallback } from "../oauth/authorization.ts";
import { splitScopes } from "../oauth/challenge.ts";
import type { Discovery } from "../oauth/discovery.ts";
import { isTenantTemplate, sameIssuer } from "../oauth/issuer.ts";
import type { Registration } from "../oauth/registration.ts";
import { canonicalServerUrl } from "../oauth/resource.ts";
import { chooseScopes } from "../oauth/scope.ts";
import { exchangeCode, type TokenSet } from "../oauth/token.ts";
import type { Grant, Identity } from "../vault/vault-record.ts";
import { type AccessContext, settingsOf } from "./access-context.ts";
import { adjustAsking, applyProfile, profileEffects } from "./applied-profile.ts";
import { aboutGrant } from "./about-grant.ts";
import { credentialsOf } from "./client-credentials.ts";
import { newBinding, proverFor } from "./dpop-binding.ts";
import { withEntry } from "./lineage.ts";
import { issuerChanged } from "./refusals.ts";
import { keyOfGrant, linkGrant, recordedGrant } from "./stored-grant.ts";
import { tokenTerms } from "./token-terms.ts";
import { loginHintFor, noticeOtherPerson, whoByIdToken, withUserinfo } from "./who.ts";

/** What is left out of a second attempt because the issuer refused it in the first. A01, A02 */
export interface Concessions {
  readonly withoutOffline?: boolean;
  readonly withoutResource?: boolean;
  readonly withoutStoredClient?: boolean;
  /** Register instead of showing the client metadata document. R07 */
  readonly withoutDocument?: boolean;
}

export interface ScopeWish {
  /** Replaces the configured scope. */
  readonly scope?: string | undefined;
  readonly challenged: readonly string[];
  /** Requested and granted before, when stepping up. */
  readonly held: readonly string[];
}

export interface Asking {
  readonly scopes: readonly string[];
  readonly offlineAdded: boolean;
  readonly resource: string | undefined;
  readonly audience: string | undefined;
  /** What the provider profile changed, for a notice. */
  readonly profileNotice: string | undefined;
}

/** Which scopes and which resource to ask for. */
export function chooseAsking(context: AccessContext, discovery: Discovery, wish: ScopeWish, concessions: Concessions): Asking {
  const { settings, profile } = applyProfile(context, discovery.server);
  const chosen = chooseScopes({
    configured: wish.scope ?? settings.scope,
    challenged: wish.challenged,
    held: wish.held,
    resourceScopes: discovery.resource?.scopes,
    issuerScopes: discovery.server.scopes,
    issuerGrantTypes: discovery.server.grantTypes,
    offline: concessions.withoutOffline === true ? "never" : (settings.offline ?? "auto"),
  });
  const named = [...splitScopes(wish.scope ?? settings.scope).map((word) => word.replace(/^\+/, "")), ...wish.challenged, ...wish.held];
  requireAllowed(context.policy.forbidsScopes(chosen.scopes.filter((scope) => named.includes(scope))));
  // What nobody asked for by name is left out without a word.
  const scopes = context.policy.withinCeiling(chosen.scopes);
  const offlineAdded = chosen.offlineAdded && scopes.includes("offline_access");
  // The server has it anyway, and issuer and browser have no use for it. RFC 8707 §2
  const resource = settings.resource ?? discovery.resource?.resource ?? withoutAddressSecrets(canonicalServerUrl(context.entry.url));
  const asked = { scopes, resource: resource === false || concessions.withoutResource === true ? undefined : resource };
  const effects = profileEffects(context, discovery.server, asked);
  const profileNotice = profile === undefined || effects.length === 0 ? undefined : `Using the ${profile.title} profile: ${effects.join("; ")}.`;
  return { ...adjustAsking(profile, settings, asked), offlineAdded, profileNotice };
}

/** The first half of a sign-in: plain data and a URL. Sends nothing. */
export async function beginSignIn(context: AccessContext, discovery: Discovery, registration: Registration, redirectUri: string, asking: Asking, lifetimeMs: number): Promise<BegunAuthorization> {
  const { settings, profile } = applyProfile(context, discovery.server);
  return beginAuthorization({
    server: discovery.server,
    registration,
    redirectUri,
    serverUrl: context.serverUrl,
    account: context.account,
    resource: asking.resource,
    scopes: asking.scopes,
    audience: asking.audience,
    loginHint: loginHintFor(context, discovery.server.issuer, await recordedGrant(context).catch(() => undefined)),
    parameters: settings.authorizationParams ?? {},
    pkce: settings.pkce ?? "auto",
    pkceSilent: profile?.pkceSilent,
    issMayBeMissing: settings.iss === "optional",
    dpop: await newBinding(context),
    now: context.runtime.now(),
    lifetimeMs,
  });
}

/**
 * The second half: callback → code → tokens → vault, read back from there. Nothing is written unless all of it held; a grant that was there before stays
 * until then. Throws as `readCallback` and `exchangeCode` do, and the vault's errors. C05, U02
 */
export async function completeSignIn(context: AccessContext, pending: PendingAuthorization, parameters: URLSearchParams, signal: AbortSignal | undefined): Promise<Grant> {
  const code = readCallback(pending, parameters);
  const { tokens, method, idToken } = await exchangeCode(context.outgoing, {
    tokenEndpoint: pending.server.tokenEndpoint,
    client: await credentialsOf(context, pending.registration),
    prover: await proverFor(context, pending.dpopKey),
    methods: pending.server.tokenEndpointAuthMethods,
    resource: pending.resource,
    scopes: pending.scopes,
    ...tokenTerms(context),
    code,
    verifier: pending.verifier,
    redirectUri: pending.redirectUri,
    signal,
  });
  const registration = { ...pending.registration, tokenEndpointAuthMethod: method, redirectUri: pending.redirectUri };
  const callbackIssuer = isTenantTemplate(pending.server.issuer) ? (parameters.get("iss") ?? undefined) : undefined;
  return keepGrant(context, pending, { registration, tokens, grantType: undefined, callbackIssuer, idToken }, signal);
}

type Obtained = { readonly registration: Registration; readonly tokens: TokenSet; readonly grantType: Grant["grantType"]; readonly callbackIssuer?: string | undefined; readonly idToken?: string | undefined };
type Asked = Pick<PendingAuthorization, "server" | "serverUrl" | "account" | "resource" | "scopes" | "dpopKey">;

/** Into the vault, and read back from there; who it was is found out afterwards, when nothing can be lost any more. Throws the vault's errors. U02 */
export async function keepGrant(context: AccessContext, asked: Asked, obtained: Obtained, signal: AbortSignal | undefined): Promise<Grant> {
  requireAllowed(context.policy.forbidsScopes(obtained.tokens.scopes));
  const { clientId } = obtained.registration;
  const before = await recordedGrant(context).catch(() => undefined);
  const identity = whoByIdToken(context, { issuer: asked.server.issuer, clientId, idToken: obtained.idToken, scopes: obtained.tokens.scopes });
  const key = keyOfGrant(context, { issuer: asked.server.issuer, resource: asked.resource, clientId });
  await context.vault.update(key, async (current) => {
    const replaced = current?.kind === "grant" ? current : undefined;
    const at = context.runtime.now();
    const grant = grantOf(asked, { ...obtained, identity, now: at, generation: (replaced?.generation ?? 0) + 1 });
    return withEntry({ ...grant, lineage: replaced?.lineage }, "signed-in", { at, by: context.runtime.processName });
  });
  await linkGrant(context, key);
  const grant = await withUserinfo(context, asked.server, key, await requireStored(context, obtained.tokens.accessToken), signal);
  context.events.emit({ type: "grant.obtained", ...aboutGrant(context, grant), grantType: grant.grantType ?? "authorization_code", scopes: obtained.tokens.scopes });
  noticeOtherPerson(context, before, grant);
  return grant;
}

function grantOf(asked: Asked, made: Obtained & { readonly identity: Identity | undefined; readonly now: number; readonly generation: number }): Grant {
  const { server, serverUrl, account, resource, scopes, dpopKey } = asked;
  return {
    kind: "grant",
    serverUrl,
    account,
    ...(made.identity === undefined ? {} : { identity: made.identity }),
    issuer: server.issuer,
    tokenEndpoint: server.tokenEndpoint,
    revocationEndpoint: server.revocationEndpoint,
    authorizationEndpoint: server.authorizationEndpoint,
    resource,
    ...(made.callbackIssuer === undefined ? {} : { callbackIssuer: made.callbackIssuer }),
    registration: made.registration,
    requestedScopes: scopes,
    tokens: made.tokens,
    obtainedAt: made.now,
    renewedAt: undefined,
    generation: made.generation,
    grantType: made.grantType,
    dpopKey,
    trouble: undefined,
    ended: undefined,
  };
}

async function requireStored(context: AccessContext, accessToken: string): Promise<Grant> {
  const stored = await recordedGrant(context);
  if (stored?.tokens?.accessToken === accessToken) return stored;
  throw new McpassError("vault_unwritable", `The grant for ${context.name} was obtained, but it is not in ${context.vault.place} after writing it there.`, { hint: "Check that directory, then sign in again." });
}

/**
 * Trust on first use: what was recorded at the first sign-in (the token endpoint's origin; with a configured client, the issuer) may change only when the person
 * says so with `force` (or, for the client, with an `issuer` pin). Throws `issuer_changed`. R-18, Z03
 */
export function requireSameParty(context: AccessContext, recorded: Grant | undefined, { server }: Discovery, force: boolean): void {
  if (recorded === undefined) return;
  const settings = settingsOf(context);
  const moved = !sameIssuer(recorded.issuer, server.issuer);
  if (moved && settings.clientId !== undefined && settings.clientId === recorded.registration.clientId && settings.issuer === undefined) {
    throw issuerChanged(context, recorded.issuer, server.issuer, { hint: `The configured client belongs to ${recorded.issuer}. If it is also known to the new issuer, set "oauth": { "issuer": ${JSON.stringify(server.issuer)} }.` });
  }
  if (moved || force || new URL(recorded.tokenEndpoint).origin === new URL(server.tokenEndpoint).origin) return;
  throw new McpassError("issuer_changed", `The issuer ${server.issuer} now wants its codes sent to ${new URL(server.tokenEndpoint).origin}; at the last sign-in it was ${new URL(recorded.tokenEndpoint).origin}. Nothing was sent.`, {
    hint: `If you trust it: mcpass auth ${shellWord(context.name)} --force`,
    details: { server: context.name, issuer: server.issuer },
  });
}
