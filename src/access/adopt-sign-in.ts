import { findMcpassError, McpassError } from "../base/errors.ts";
import { shellWord } from "../base/shell-word.ts";
import { readBearerChallenge } from "../oauth/challenge.ts";
import type { TokenSet } from "../oauth/token.ts";
import type { Grant } from "../vault/vault-record.ts";
import { type AccessContext, machineOf, settingsOf } from "./access-context.ts";
import { applyProfile } from "./applied-profile.ts";
import { discoverFor } from "./assess.ts";
import { chooseAsking, keepGrant, requireSameParty } from "./authorize.ts";
import { planClient } from "./policed.ts";
import { probeServer } from "./probe-server.ts";
import { recordedGrant } from "./stored-grant.ts";
import type { TokenSource } from "./token-source.ts";

/** A sign-in that another program made, with the client of this very entry. */
export interface AdoptableLogin {
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** Read when the person has agreed, so that no token is used which that program has replaced meanwhile. undefined: there is none any more. */
  readonly tokens: () => Promise<{ readonly accessToken: string; readonly refreshToken: string } | undefined>;
}

/** What is about to happen, for the person to agree to: the other program's store names no issuer, so this is where its refresh token would go. */
export interface AdoptionNotice {
  readonly server: string;
  readonly serverUrl: string;
  readonly issuer: string;
  readonly tokenEndpoint: string;
  readonly clientId: string;
  readonly account: string;
  readonly scopes: readonly string[];
  readonly storedIn: string;
}

export interface AdoptRequest {
  readonly login: AdoptableLogin;
  readonly confirm: (notice: AdoptionNotice) => Promise<boolean>;
  readonly signal?: AbortSignal | undefined;
}

export type AdoptOutcome =
  /** `failure`: it is stored, and its first renewal did not come about; with `grant.ended` it never will. */
  | { readonly kind: "adopted"; readonly grant: Grant; readonly failure: McpassError | undefined }
  | { readonly kind: "already-signed-in"; readonly grant: Grant }
  | { readonly kind: "declined" };

/**
 * Discovers → asks → stores → renews at once, as any stored grant is renewed: so the refresh token is in the vault before it is used, and known to be good before
 * anybody says so. Sends no credential before the person agreed. Throws `usage`, `issuer_changed`, everything discovery throws, and the vault's errors.
 */
export async function adoptSignIn(context: AccessContext, source: TokenSource, { login, confirm, signal }: AdoptRequest): Promise<AdoptOutcome> {
  const recorded = await recordedGrant(context);
  if (recorded?.tokens !== undefined) return { kind: "already-signed-in", grant: recorded };
  const { clientId } = settingsOf(context);
  if (context.entry.oauth === false || machineOf(context) !== undefined || clientId !== login.clientId) throw notItsClient(context, login);
  const challenge = readBearerChallenge((await probeServer(context, signal)).challenge);
  const discovery = await discoverFor(context, challenge, { guessEndpoints: false, signal });
  const { server } = discovery;
  requireSameParty(context, recorded, discovery, false);
  const plan = planClient(context, server, applyProfile(context, server).settings);
  if (plan.kind !== "ready") throw notItsClient(context, login);
  const { resource } = chooseAsking(context, discovery, { challenged: [], held: [] }, {});
  const { name, serverUrl, account, vault, runtime } = context;
  const agreed = await confirm({ server: name, serverUrl: context.entry.url, issuer: server.issuer, tokenEndpoint: server.tokenEndpoint, clientId, account, scopes: login.scopes, storedIn: vault.place });
  if (!agreed) return { kind: "declined" };
  const held = await login.tokens();
  if (held === undefined) throw new McpassError("usage", `the sign-in of ${name} is not there any more`, { hint: `mcpass auth ${shellWord(name)}` });
  for (const secret of [held.accessToken, held.refreshToken]) context.readSecrets.add(secret);
  const now = runtime.now();
  // Over at once: the next step renews it.
  const tokens: TokenSet = { ...held, tokenType: "Bearer", expiresAt: now, issuedAt: now, scopes: login.scopes };
  const asked = { server, serverUrl, account, resource, scopes: login.scopes, dpopKey: undefined };
  const grant = await keepGrant(context, asked, { registration: plan.registration, tokens, grantType: undefined }, signal);
  const failure = await source.replace({ accessToken: held.accessToken, prover: undefined, obtainedAt: grant.obtainedAt, goodUntil: now }).then(() => undefined, (thrown: unknown) => findMcpassError(thrown) ?? new McpassError("internal", "The renewal failed.", { cause: thrown }));
  return { kind: "adopted", grant: (await recordedGrant(context)) ?? grant, failure };
}

function notItsClient({ name }: AccessContext, { clientId }: AdoptableLogin): McpassError {
  return new McpassError("usage", `the sign-in belongs to the client ${clientId}, which is not the one of ${name}: a refresh token works for its own client only`, { hint: `mcpass clients set ${shellWord(name)} --client-id ${shellWord(clientId)}` });
}
