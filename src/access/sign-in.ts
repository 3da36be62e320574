import { findMcpassError, McpassError } from "../base/errors.ts";
import { readBearerChallenge, splitScopes } from "../oauth/challenge.ts";
import type { Discovery } from "../oauth/discovery.ts";
import { sameIssuer } from "../oauth/issuer.ts";
import { linkKey } from "../vault/vault-key.ts";
import type { Grant } from "../vault/vault-record.ts";
import { type AccessContext, machineOf, settingsOf } from "./access-context.ts";
import { discoverFor, scopesOf } from "./assess.ts";
import { isDocumentRefused } from "./document-refused.ts";
import { type Concessions, requireSameParty, type ScopeWish } from "./authorize.ts";
import { signInOnce } from "./lead-sign-in.ts";
import { probeServer } from "./probe-server.ts";
import { shareGrant } from "./shared-grant.ts";
import type { SignInOptions } from "./sign-in-types.ts";
import { hasOwnCredential } from "./static-credential.ts";
import { recordedGrant } from "./stored-grant.ts";
import type { TokenSource } from "./token-source.ts";

export interface SignInRequest extends SignInOptions {
  /** The refusal that called for it; what was read then is not asked again. */
  readonly because?: McpassError | undefined;
  /** Scopes an operation needs beyond those held. A07 */
  readonly scopes?: readonly string[] | undefined;
}

export type SignInOutcome = { readonly kind: "signed-in"; readonly grant: Grant } | { readonly kind: "already-signed-in"; readonly grant: Grant } | { readonly kind: "not-needed" };

/**
 * One interactive sign-in, from finding out how to the grant in the vault; where another process is at it already, that one's.
 * Throws everything the protocol floor throws; `oauth_unsupported` where OAuth is switched off.
 */
export async function signIn(context: AccessContext, source: TokenSource, request: SignInRequest): Promise<SignInOutcome> {
  const prepared = await prepareSignIn(context, source, request);
  if (prepared.kind === "by-machine") return mintNow(context, request);
  if (prepared.kind !== "needed") return prepared;
  const grant = await signInOnce(context, prepared, request);
  context.lastRefusal = undefined;
  await context.memory.note(context.serverUrl, { abandoned: undefined, issuer: grant.issuer });
  return { kind: "signed-in", grant };
}

export interface NeededSignIn {
  readonly kind: "needed";
  readonly discovery: Discovery;
  readonly wish: ScopeWish;
  readonly recorded: Grant | undefined;
  /** Of the grant that was stored before it was asked whether a sign-in is needed. */
  readonly obtainedAt: number | undefined;
  /** What the first attempt leaves out already. */
  readonly concessions: Concessions;
}

/** All that comes before a person is asked for anything: is a sign-in needed, where, for what, and may it go there? Sends no credential. */
export async function prepareSignIn(context: AccessContext, source: TokenSource, request: SignInRequest): Promise<NeededSignIn | { readonly kind: "by-machine" } | Exclude<SignInOutcome, { kind: "signed-in" }>> {
  if (context.entry.oauth === false) throw new McpassError("oauth_unsupported", `${context.name} has "oauth": false, so there is no sign-in.`, { hint: 'Remove "oauth": false to sign in to it.' });
  if (hasOwnCredential(context.entry)) return { kind: "not-needed" };
  const met = context.lastRefusal !== undefined && context.lastRefusal.error === request.because ? context.lastRefusal : undefined;
  const { obtainedAt } = met ?? (await recordedGrant(context)) ?? {};
  const kept = request.force === true || request.because !== undefined ? undefined : await usableGrant(context, source);
  if (kept !== undefined) return { kind: "already-signed-in", grant: kept };
  if (machineOf(context) !== undefined) return { kind: "by-machine" };
  const found = await findOut(context, request);
  if (found === undefined) return { kind: "not-needed" };
  const shared = request.force === true || request.because !== undefined ? undefined : await shareGrant(context, found.discovery);
  if (shared !== undefined) return { kind: "already-signed-in", grant: shared };
  const recorded = await recordedGrant(context);
  requireSameParty(context, recorded, found.discovery, request.force === true);
  // Where nothing can be kept, nobody is asked to consent. U02
  await context.vault.update(linkKey(context.serverUrl, context.account), () => Promise.resolve("keep"));
  const clientDied = recorded?.ended?.reason === "invalid_client" || recorded?.ended?.reason === "unauthorized_client";
  const withoutDocument = await isDocumentRefused(context, found.discovery.server);
  if (withoutDocument) request.onNotice?.(`${context.name} refuses tokens of the client metadata document; registering at ${found.discovery.server.issuer} instead. To do so always, set "oauth": { "registration": "dcr" }.`);
  const concessions = { ...(clientDied ? { withoutStoredClient: true } : {}), ...(withoutDocument ? { withoutDocument } : {}) };
  return { kind: "needed", discovery: found.discovery, wish: wishOf(request, recorded, found), recorded, obtainedAt, concessions };
}

/** A sign-in that nobody has to be there for: no browser, no listener, no question. H03 */
async function mintNow(context: AccessContext, request: SignInRequest): Promise<SignInOutcome> {
  const met = context.lastRefusal !== undefined && context.lastRefusal.error === request.because ? context.lastRefusal.challenge : undefined;
  const challenge = met ?? readBearerChallenge((await probeServer(context, request.signal)).challenge);
  const recorded = await recordedGrant(context);
  const wish = stepUpOf(request, recorded, challenge?.scopes ?? []);
  await signInAtProvider(context, request);
  const { mintGrant } = await import("./machine-grant.ts");
  return { kind: "signed-in", grant: await mintGrant(context, { challenge, anew: request.force === true || request.because !== undefined, force: request.force, wish, signal: request.signal }) };
}

/** The one thing a person is needed for where a company's identity provider stands behind the grant. E03 */
async function signInAtProvider(context: AccessContext, request: SignInRequest): Promise<void> {
  if (settingsOf(context).idpIssuer === undefined) return;
  const { identityContext, prepareIdentity } = await import("./identity.ts");
  const idp = identityContext(context);
  const needed = idp === undefined ? undefined : await prepareIdentity(idp, request);
  if (idp !== undefined && needed !== undefined) await signInOnce(idp, needed, request);
}

/** A grant that works now, renewed if need be. One that cannot be renewed for the moment is an error, not a reason to ask a person. */
async function usableGrant(context: AccessContext, source: TokenSource): Promise<Grant | undefined> {
  try {
    if ((await source.token()) === undefined) return undefined;
  } catch (thrown) {
    if (findMcpassError(thrown)?.code === "sign_in_required") return undefined;
    throw thrown;
  }
  return recordedGrant(context);
}

interface Found {
  readonly discovery: Discovery;
  readonly challenged: readonly string[];
}

/** How to sign in, from the refusal that was met or from asking now; undefined when the server wants no sign-in. X01 */
async function findOut(context: AccessContext, request: SignInRequest): Promise<Found | undefined> {
  const met = context.lastRefusal !== undefined && context.lastRefusal.error === request.because ? context.lastRefusal : undefined;
  if (met?.discovery !== undefined) return { discovery: met.discovery, challenged: met.challenge?.scopes ?? [] };
  if (met?.challenge !== undefined) return { discovery: await discoverFor(context, met.challenge, { guessEndpoints: true, signal: request.signal }), challenged: met.challenge.scopes };
  const answer = await probeServer(context, request.signal);
  const challenge = readBearerChallenge(answer.challenge);
  try {
    return { discovery: await discoverFor(context, challenge, { guessEndpoints: answer.refused, signal: request.signal }), challenged: challenge?.scopes ?? [] };
  } catch (thrown) {
    const open = !answer.refused && typeof context.entry.oauth !== "object" && findMcpassError(thrown)?.code === "oauth_unsupported";
    if (open) return undefined;
    throw thrown;
  }
}

function wishOf(request: SignInRequest, recorded: Grant | undefined, { discovery, challenged }: Found): ScopeWish {
  const sameParty = recorded !== undefined && sameIssuer(recorded.issuer, discovery.server.issuer);
  return stepUpOf(request, sameParty ? recorded : undefined, challenged);
}

/** Stepping up, and a person's `+scope`, ask for the union of what was requested, what was granted and what is wanted now. U-5, A07 */
function stepUpOf(request: SignInRequest, recorded: Grant | undefined, challenged: readonly string[]): ScopeWish {
  const extra = request.scopes ?? scopesOf(request.because);
  const steppingUp = request.because?.code === "scope_insufficient" || (request.scopes?.length ?? 0) > 0;
  const adding = request.scope?.includes("+") === true && splitScopes(request.scope).every((word) => word.startsWith("+"));
  const held = (steppingUp || adding) && recorded !== undefined ? [...recorded.requestedScopes, ...(recorded.tokens?.scopes ?? [])] : [];
  return { scope: request.scope, challenged: [...new Set([...challenged, ...extra])], held: [...new Set(held)] };
}
