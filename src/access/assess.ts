import { findMcpassError, McpassError } from "../base/errors.ts";
import { requireAllowed } from "../config/policy.ts";
import { type BearerChallenge, splitScopes } from "../oauth/challenge.ts";
import { type Discovery, type DiscoveryQuestion, discover } from "../oauth/discovery.ts";
import { sameIssuer } from "../oauth/issuer.ts";
import { registrationUnavailable } from "../oauth/registration.ts";
import { type AccessContext, redirectUriOf, settingsOf } from "./access-context.ts";
import { applyProfile } from "./applied-profile.ts";
import { planClient } from "./policed.ts";
import { issuerChanged, signInRequired } from "./refusals.ts";
import { otherAccounts, recordedGrant } from "./stored-grant.ts";

/**
 * After a 401 that no stored token helps with: reads the metadata just far enough to say which refusal it is, and keeps what was read for the
 * sign-in that may follow; `obtainedAt` is of the grant that was refused. Registers nothing, stores nothing. Returns `sign_in_required`, `registration_unavailable`, `issuer_changed` or why discovery failed.
 */
export async function assessRefusal(context: AccessContext, challenge: BearerChallenge | undefined, because: string | undefined, obtainedAt: number | undefined): Promise<McpassError> {
  try {
    const discovery = await discoverFor(context, challenge, { guessEndpoints: false });
    const error = await judge(context, discovery, because);
    context.lastRefusal = { challenge, discovery, error, obtainedAt };
    return error;
  } catch (thrown) {
    const error = findMcpassError(thrown) ?? new McpassError("internal", `Finding out how to sign in to ${context.name} failed.`, { cause: thrown });
    context.lastRefusal = { challenge, discovery: undefined, error, obtainedAt };
    return error;
  }
}

export async function discoverFor(context: AccessContext, challenge: BearerChallenge | undefined, options: Pick<DiscoveryQuestion, "guessEndpoints" | "signal" | "trace">): Promise<Discovery> {
  const grant = await recordedGrant(context).catch(() => undefined);
  const knownIssuers = grant === undefined ? [] : [grant.issuer];
  const settings = settingsOf(context);
  const serverHeaders = await context.headers.current();
  const discovery = await discover(context.outgoing, { serverUrl: context.entry.url, challenge, serverHeaders, settings, knownIssuers, ...options });
  requireAllowed(context.policy.forbidsIssuer(discovery.server.issuer, true));
  return discovery;
}

/** What a discovery means for this entry and what is stored for it, without asking anybody. */
export async function judge(context: AccessContext, { server }: Discovery, because: string | undefined): Promise<McpassError> {
  const grant = await recordedGrant(context);
  if (grant?.tokens !== undefined && !sameIssuer(grant.issuer, server.issuer))
    return issuerChanged(context, grant.issuer, server.issuer);
  const { settings, profile } = applyProfile(context, server);
  const plan = planClient(context, server, settings);
  const { registrationRefused } = await context.memory.read(context.serverUrl);
  const refusedBefore = plan.kind === "dynamic" && registrationRefused !== undefined && sameIssuer(registrationRefused.issuer, server.issuer);
  const others = grant === undefined ? await otherAccounts(context).catch(() => []) : [];
  if (plan.kind !== "unavailable" && !refusedBefore) return signInRequired(context, because ?? otherWords(context, others), undefined, others);
  return registrationUnavailable(context.name, server.issuer, redirectUriOf(settings, context), refusedBefore ? "it refused to register mcpass before" : undefined, profile?.clientHowTo ?? profile?.registrationHowTo);
}

/** A label that was mistyped, or never signed in: those that were are named. S07 */
function otherWords({ account }: AccessContext, others: readonly string[]): string | undefined {
  return others.length === 0 ? undefined : `nobody has signed in to it as ${account}; there is ${others.join(", ")}`;
}

/** Scopes that an error of this floor asks for. */
export function scopesOf(error: McpassError | undefined): readonly string[] {
  const scopes = error?.details["scopes"];
  return Array.isArray(scopes) ? splitScopes(scopes.join(" ")) : [];
}
