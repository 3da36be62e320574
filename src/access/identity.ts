import { McpassError } from "../base/errors.ts";
import { showUrl } from "../base/redact.ts";
import { givenForm } from "../config/grant-keys.ts";
import { createOutgoing } from "../oauth/outgoing.ts";
import { isMeantFor, jwtClaims } from "../oauth/person-claims.ts";
import { canonicalServerUrl } from "../oauth/resource.ts";
import type { TokenSet } from "../oauth/token.ts";
import type { Grant } from "../vault/vault-record.ts";
import { type AccessContext, settingsOf } from "./access-context.ts";
import { discoverFor } from "./assess.ts";
import { forbidsRequest } from "./policed.ts";
import { signInRequired } from "./refusals.ts";
import type { SignInOptions } from "./sign-in-types.ts";
import type { NeededSignIn } from "./sign-in.ts";
import { readGrant } from "./stored-grant.ts";
import { createTokenSource } from "./token-source.ts";

/** An ID token that ends this soon is not worth an exchange. */
const marginMs = 30_000;

/**
 * The company's identity provider as a party of its own, where a person signs in once for every server that names it; its grant is kept, renewed and ended as any
 * other is. undefined: the entry names none, or gets its ID token from elsewhere. E03
 */
export function identityContext(context: AccessContext): AccessContext | undefined {
  const settings = settingsOf(context);
  const { idpIssuer, idpClientId, idpScope } = settings;
  if (settings.grant !== "id-jag" || idpIssuer === undefined || givenForm(settings, "idToken") !== undefined) return undefined;
  const { loginHint, callbackPort, callbackHost, callbackBind, callbackPath, redirectUri, callbackTimeoutMs, tokenTimeoutMs, idpClientSecret, idpClientSecretCommand } = settings;
  const callback = { loginHint, callbackPort, callbackHost, callbackBind, callbackPath, redirectUri, callbackTimeoutMs, tokenTimeoutMs };
  const client = { clientId: idpClientId, clientSecret: idpClientSecret, clientSecretCommand: idpClientSecretCommand };
  // Few providers list it among their scopes, and without it nothing would be renewed; one that refuses it is asked once more without.
  const asking = { scope: idpScope ?? "openid", offline: idpScope === undefined ? ("always" as const) : ("never" as const), resource: false as const };
  return {
    ...context,
    entry: { ...context.entry, url: idpIssuer, headers: {}, fileHeaders: undefined, headersCommand: undefined, oauth: { issuer: idpIssuer, ...client, ...asking, ...callback } },
    serverUrl: canonicalServerUrl(idpIssuer),
    // It is configured, so it may be on any network.
    outgoing: createOutgoing({ runtime: context.runtime, forbids: forbidsRequest(context.policy), serverUrl: idpIssuer, allowPrivate: true }),
    headers: { current: async () => ({}), renew: async () => undefined, secrets: () => [] },
    keepsIdToken: true,
    knownClient: undefined,
    proving: undefined,
    unsaved: undefined,
    lastRefusal: undefined,
  };
}

/** What a sign-in at the identity provider is good for. */
export interface Identity {
  readonly grant: Grant;
  readonly idToken: string;
}

/** The person's ID token, good for now: renewed with the refresh token where its time is over. Throws `sign_in_required`, `renewal_failed`. */
export async function currentIdentity(idp: AccessContext): Promise<Identity> {
  const grant = await readGrant(idp);
  if (grant?.tokens === undefined) throw signInRequired(idp, grant?.ended === undefined ? `nobody has signed in at the identity provider ${showUrl(idp.entry.url)}` : `its sign-in at the identity provider ${showUrl(idp.entry.url)} has ended (${grant.ended.reason})`);
  const { idToken } = grant.tokens;
  if (idToken === undefined || endsAt(grant.tokens, idToken) - marginMs <= idp.runtime.now()) return renewedIdentity(idp, grant);
  return identityOf(idp, grant, idToken);
}

/** With another ID token than the one of `stale`: of many processes one asks. */
export async function renewedIdentity(idp: AccessContext, { tokens: stale, obtainedAt }: Grant): Promise<Identity> {
  await createTokenSource(idp).replace({ accessToken: stale?.accessToken ?? "", obtainedAt, prover: undefined, goodUntil: undefined });
  const grant = await readGrant(idp);
  const idToken = grant?.tokens?.idToken;
  if (grant === undefined || idToken === undefined || idToken === stale?.idToken) throw signInRequired(idp, `its ID token is over, and the identity provider ${showUrl(idp.entry.url)} gives no new one without you`);
  return identityOf(idp, grant, idToken);
}

/** It came from the token endpoint itself, so its signature adds nothing; whose and for whom it is does. OpenID Connect Core §3.1.3.7 */
function identityOf(idp: AccessContext, grant: Grant, idToken: string): Identity {
  const fits = isMeantFor(jwtClaims(idToken), { issuer: grant.issuer, clientId: grant.registration.clientId });
  if (!fits) throw new McpassError("token_refused", `The ID token of ${showUrl(idp.entry.url)} for ${idp.name} is of another issuer or for another client; it was not sent anywhere.`, { hint: "Check oauth.idpIssuer and oauth.idpClientId.", details: { server: idp.name, failure: "refused" } });
  idp.readSecrets.add(idToken);
  return { grant, idToken };
}

/** Milliseconds since the epoch, by our clock whatever the provider's says; one that cannot be read has ended. */
function endsAt({ issuedAt }: TokenSet, idToken: string): number {
  const { iat, exp } = jwtClaims(idToken);
  return typeof exp === "number" && typeof iat === "number" ? issuedAt + (exp - iat) * 1000 : 0;
}

/** The sign-in that a person has to make at the identity provider; undefined when the one that is stored is good for now. Sends no credential but for a renewal. */
export async function prepareIdentity(idp: AccessContext, options: Pick<SignInOptions, "force" | "signal" | "onNotice">): Promise<NeededSignIn | undefined> {
  const obtainedAt = (await readGrant(idp))?.obtainedAt;
  if (options.force !== true && (await isSignedIn(idp))) return undefined;
  const discovery = await discoverFor(idp, undefined, { guessEndpoints: false, signal: options.signal });
  options.onNotice?.(`${idp.name} is reached through the identity provider ${showUrl(discovery.server.issuer)}: signing in there once serves every server that names it.`);
  return { kind: "needed", discovery, wish: { challenged: [], held: [] }, recorded: await readGrant(idp), obtainedAt, concessions: {} };
}

async function isSignedIn(idp: AccessContext): Promise<boolean> {
  return currentIdentity(idp).then(() => true, (thrown: unknown) => {
    if (thrown instanceof McpassError && thrown.code === "sign_in_required") return false;
    throw thrown;
  });
}
