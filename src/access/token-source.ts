import { findMcpassError, McpassError } from "../base/errors.ts";
import { showUrl } from "../base/redact.ts";
import type { TokenFailure } from "../oauth/token.ts";
import { renewTokens } from "../oauth/token.ts";
import type { Grant } from "../vault/vault.ts";
import { type AccessContext, keyOf, readGrant, serves, settingsOf } from "./access-context.ts";
import { signInRequired } from "./refusals.ts";

/** Where a request gets its access token. List, call, inspect and every other path share one. */
export interface TokenSource {
  /**
   * A token that is good for now, renewed first when it is about to end; undefined when no grant is stored.
   * Throws `sign_in_required` (it has ended and cannot be renewed), `renewal_failed` (it has ended and the issuer could not be asked).
   */
  token(): Promise<string | undefined>;
  /** The token after `refused` was answered with 401: another one if there is, else a renewed one, else undefined. */
  replace(refused: string): Promise<string | undefined>;
}

/** After a failed renewal with a token that is still good, how long until the next try. */
const pauseMs = 30_000;

export function createTokenSource(context: AccessContext): TokenSource {
  let renewing: { readonly stale: string; readonly done: Promise<Grant | undefined> } | undefined;
  const renew = (stale: string): Promise<Grant | undefined> => {
    if (renewing?.stale === stale) return renewing.done;
    const done = renewGrant(context, stale).finally(() => (renewing = undefined));
    renewing = { stale, done };
    return done;
  };
  return {
    async token() {
      const grant = await readGrant(context);
      if (grant === undefined) return undefined;
      if (grant.tokens === undefined) throw signInRequired(context, `its grant has ended (${grant.ended?.reason ?? "no token"})`);
      const now = context.runtime.now();
      const { accessToken, expiresAt, refreshToken } = grant.tokens;
      if (!isEnding(grant, now)) return accessToken;
      const over = expiresAt !== undefined && expiresAt <= now;
      if (refreshToken === undefined) {
        if (over) throw signInRequired(context, "its access token has ended, and the issuer gave no refresh token");
        return accessToken;
      }
      if (!over && grant.trouble !== undefined && now - grant.trouble.at < pauseMs) return accessToken;
      try {
        return (await renew(accessToken))?.tokens?.accessToken;
      } catch (thrown) {
        if (!over && findMcpassError(thrown)?.code === "renewal_failed") return accessToken;
        throw thrown;
      }
    },
    async replace(refused) {
      const grant = await readGrant(context);
      if (grant?.tokens === undefined) return undefined;
      if (grant.tokens.accessToken !== refused) return grant.tokens.accessToken;
      if (grant.tokens.refreshToken === undefined) return undefined;
      return (await renew(refused))?.tokens?.accessToken;
    },
  };
}

/** True within min(60 s, 10 % of its life) of its end. F02 */
export function isEnding(grant: Grant, now: number): boolean {
  if (grant.tokens?.expiresAt === undefined) return false;
  const { expiresAt, issuedAt } = grant.tokens;
  return now >= expiresAt - Math.min(60_000, (expiresAt - issuedAt) * 0.1);
}

/**
 * One renewal inside the vault's exclusion: whoever finds that the stored token is no longer the stale one uses it and asks nobody. One request, to the
 * recorded endpoint, never cancelled by the caller. The grant survives every failure: the transient ones as `trouble`, the terminal ones as `ended`. F02, F03, F04
 */
async function renewGrant(context: AccessContext, stale: string): Promise<Grant | undefined> {
  let failure: McpassError | undefined;
  const record = await context.vault.update(keyOf(context), async (current) => {
    if (current?.kind !== "grant" || !serves(context, current)) return "keep";
    if (current.tokens?.refreshToken === undefined || current.tokens.accessToken !== stale) return "keep";
    try {
      return await renewed(context, current, current.tokens.refreshToken);
    } catch (thrown) {
      failure = findMcpassError(thrown) ?? new McpassError("internal", "The renewal failed.", { cause: thrown });
      return withFailure(context, current, failure);
    }
  });
  const grant = record?.kind === "grant" ? record : undefined;
  if (failure !== undefined) throw renewalError(context, failure, grant);
  return grant;
}

async function renewed(context: AccessContext, grant: Grant, refreshToken: string): Promise<Grant> {
  const settings = settingsOf(context);
  const { tokens, method } = await renewTokens(context.outgoing, {
    tokenEndpoint: grant.tokenEndpoint,
    client: { ...grant.registration, clientSecret: settings.clientId === undefined ? grant.registration.clientSecret : settings.clientSecret },
    methods: undefined,
    resource: grant.resource,
    scopes: grant.tokens?.scopes ?? grant.requestedScopes,
    scopeParameter: settings.scope === undefined ? undefined : grant.requestedScopes.join(" "),
    parameters: settings.tokenParams ?? {},
    headers: settings.headers,
    refreshToken,
    now: context.runtime.now,
  });
  const now = context.runtime.now();
  context.events.emit({ type: "grant.renewed", server: context.name, at: now, expiresAt: tokens.expiresAt });
  return { ...grant, tokens, registration: { ...grant.registration, tokenEndpointAuthMethod: method }, renewedAt: now, generation: grant.generation + 1, trouble: undefined, ended: undefined };
}

function withFailure(context: AccessContext, grant: Grant, failure: McpassError): Grant {
  const at = context.runtime.now();
  const kind = failureOf(failure);
  if (kind !== "terminal" && kind !== "client") return { ...grant, trouble: { code: failure.code, message: failure.message, at } };
  const reason = String(failure.details["oauthError"] ?? kind);
  context.events.emit({ type: "grant.ended", server: context.name, at, reason });
  return { ...grant, tokens: undefined, ended: { reason, at, quarantined: grant.tokens } };
}

function failureOf(error: McpassError): TokenFailure {
  return error.code === "token_refused" ? (error.details["failure"] as TokenFailure) : "transient";
}

function renewalError(context: AccessContext, failure: McpassError, grant: Grant | undefined): McpassError {
  const kind = failureOf(failure);
  if (kind === "terminal" || kind === "client" || kind === "refused") return signInRequired(context, `the issuer ${showUrl(grant?.issuer ?? "")} no longer renews it: ${failure.message}`, failure);
  return new McpassError("renewal_failed", `The access token for ${context.name} could not be renewed; the grant is kept. ${failure.message}`, {
    hint: "This looks temporary: run the same command again in a moment.",
    cause: failure,
    details: { ...failure.details, server: context.name },
  });
}
