import { findMcpassError, McpassError } from "../base/errors.ts";
import { showUrl } from "../base/redact.ts";
import type { BearerChallenge } from "../oauth/challenge.ts";
import type { Prover } from "../oauth/dpop.ts";
import type { TokenFailure } from "../oauth/token.ts";
import { renewTokens } from "../oauth/token.ts";
import type { Grant } from "../vault/vault-record.ts";
import { type AccessContext, machineOf, settingsOf } from "./access-context.ts";
import { aboutGrant } from "./about-grant.ts";
import { credentialsOf } from "./client-credentials.ts";
import { proverFor } from "./dpop-binding.ts";
import { isEnding } from "./ending.ts";
import { signInRequired } from "./refusals.ts";
import { findGrantKey, readGrant, serves } from "./stored-grant.ts";
import { tokenTerms } from "./token-terms.ts";

/** What a request is signed with. */
export interface Credential {
  readonly accessToken: string;
  /** When its grant was obtained. */
  readonly obtainedAt: number;
  /** For a token that is bound to a key: proves the key. RFC 9449 */
  readonly prover: Prover | undefined;
}

/** Where a request gets its access token. List, call, inspect and every other path share one. */
export interface TokenSource {
  /**
   * A token that is good for now, renewed first when it is about to end; undefined when no grant is stored.
   * Throws `sign_in_required` (it has ended and cannot be renewed), `renewal_failed` (it has ended and the issuer could not be asked); for a grant that no
   * person is asked for also what `mintGrant` throws.
   */
  token(): Promise<Credential | undefined>;
  /** The token after `refused` was answered with 401: another one if there is, else a renewed one, else undefined. */
  replace(refused: Credential): Promise<Credential | undefined>;
  /** A first token, after a request without one was answered with 401; undefined where a person must be asked. */
  first(challenge: BearerChallenge | undefined): Promise<Credential | undefined>;
}

/** After a failed renewal with a token that is still good, how long until the next try. */
const pauseMs = 30_000;

/** Failures of a renewal that leave a token in use which is still good. */
const survivable: ReadonlySet<string | undefined> = new Set(["renewal_failed", "token_refused", "file_reference_unreadable", "secret_command_failed"]);

export function createTokenSource(context: AccessContext): TokenSource {
  const byMachine = machineOf(context) !== undefined;
  let renewing: { readonly stale: string; readonly done: Promise<Grant | undefined> } | undefined;
  let minting: Promise<Grant> | undefined;
  const renew = (stale: string): Promise<Grant | undefined> => {
    if (renewing?.stale === stale) return renewing.done;
    const done = renewGrant(context, stale).finally(() => (renewing = undefined));
    renewing = { stale, done };
    return done;
  };
  return {
    async token() {
      const grant = await readGrant(context);
      if (grant === undefined || (grant.tokens === undefined && byMachine)) return undefined;
      if (grant.tokens === undefined) throw signInRequired(context, `its grant has ended (${grant.ended?.reason ?? "no token"})`);
      const now = context.runtime.now();
      const { accessToken, expiresAt, refreshToken } = grant.tokens;
      if (!isEnding(grant, now)) return credentialOf(context, grant);
      const over = expiresAt !== undefined && expiresAt <= now;
      if (refreshToken === undefined && !byMachine) {
        if (over) throw signInRequired(context, "its access token has ended, and the issuer gave no refresh token");
        return credentialOf(context, grant);
      }
      if (!over && grant.trouble !== undefined && now - grant.trouble.at < pauseMs) return credentialOf(context, grant);
      try {
        return await credentialOf(context, await renew(accessToken));
      } catch (thrown) {
        const code = findMcpassError(thrown)?.code;
        if (!over && (survivable.has(code) || (byMachine && code === "sign_in_required"))) return credentialOf(context, grant);
        throw thrown;
      }
    },
    async replace(refused) {
      const grant = await readGrant(context);
      if (grant?.tokens === undefined) return undefined;
      if (grant.tokens.accessToken !== refused.accessToken) return credentialOf(context, grant);
      if (grant.tokens.refreshToken === undefined && !byMachine) return undefined;
      return credentialOf(context, await renew(refused.accessToken));
    },
    async first(challenge) {
      // Another process may have signed in since.
      if (!byMachine) return (await credentialOf(context, await readGrant(context))) ?? shareFirst(context, challenge);
      minting ??= loadMinting().then(({ mintGrant }) => mintGrant(context, { challenge })).finally(() => (minting = undefined));
      return credentialOf(context, await minting);
    },
  };
}

async function credentialOf(context: AccessContext, grant: Grant | undefined): Promise<Credential | undefined> {
  if (grant?.tokens === undefined) return undefined;
  return { accessToken: grant.tokens.accessToken, obtainedAt: grant.obtainedAt, prover: await proverFor(context, grant.dpopKey) };
}

/** What another URL of the same server was signed in for, without asking anybody who could not have it. U05 */
async function shareFirst(context: AccessContext, challenge: BearerChallenge | undefined): Promise<Credential | undefined> {
  const { mayShare, shareGrant } = await import("./shared-grant.ts");
  if ((await mayShare(context)).length === 0) return undefined;
  const { discoverFor } = await import("./assess.ts");
  const discovery = await discoverFor(context, challenge, { guessEndpoints: false }).catch(() => undefined);
  return discovery === undefined ? undefined : credentialOf(context, await shareGrant(context, discovery));
}

/** Few servers are signed in to by a machine. */
function loadMinting(): Promise<typeof import("./machine-grant.ts")> {
  return import("./machine-grant.ts");
}

/**
 * One renewal inside the vault's exclusion: whoever finds that the stored token is no longer the stale one uses it and asks nobody. One request, to the
 * recorded endpoint, never cancelled by the caller. The grant survives every failure: the transient ones as `trouble`, the terminal ones as `ended`. F02, F03, F04
 */
async function renewGrant(context: AccessContext, stale: string): Promise<Grant | undefined> {
  let failure: McpassError | undefined;
  const key = await findGrantKey(context);
  if (key === undefined) return undefined;
  const record = await context.vault.update(key, async (current) => {
    if (current?.kind !== "grant" || !serves(context, current)) return "keep";
    if (current.tokens?.accessToken !== stale) return "keep";
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

async function renewed(context: AccessContext, grant: Grant, refreshToken: string | undefined): Promise<Grant> {
  const next = await nextGrant(context, grant, refreshToken);
  const now = context.runtime.now();
  context.events.emit({ type: "grant.renewed", ...aboutGrant(context, grant), expiresAt: next.tokens?.expiresAt });
  return { ...next, renewedAt: now };
}

async function nextGrant(context: AccessContext, grant: Grant, refreshToken: string | undefined): Promise<Grant> {
  if (machineOf(context) !== undefined) return (await loadMinting()).minted(context, grant);
  if (refreshToken === undefined) return grant;
  const settings = settingsOf(context);
  const { tokens, method } = await renewTokens(context.outgoing, {
    ...tokenTerms(context),
    tokenEndpoint: grant.tokenEndpoint,
    client: await credentialsOf(context, grant.registration),
    methods: undefined,
    resource: grant.resource,
    scopes: grant.tokens?.scopes ?? grant.requestedScopes,
    scopeParameter: settings.scope === undefined ? undefined : grant.requestedScopes.join(" "),
    parameters: settings.tokenParams ?? {},
    refreshToken,
    prover: await proverFor(context, grant.dpopKey),
  });
  return { ...grant, tokens, registration: { ...grant.registration, tokenEndpointAuthMethod: method }, generation: grant.generation + 1, trouble: undefined, ended: undefined };
}

function withFailure(context: AccessContext, grant: Grant, failure: McpassError): Grant {
  const at = context.runtime.now();
  const kind = failureOf(failure);
  // A machine's next request may go well: a secret is put right, an assertion replaced.
  if ((kind !== "terminal" && kind !== "client") || machineOf(context) !== undefined) return { ...grant, trouble: { code: failure.code, message: failure.message, at } };
  const reason = String(failure.details["oauthError"] ?? kind);
  context.events.emit({ type: "grant.ended", ...aboutGrant(context, grant), reason });
  return { ...grant, tokens: undefined, ended: { reason, at, quarantined: grant.tokens } };
}

function failureOf(error: McpassError): TokenFailure {
  return error.code === "token_refused" ? (error.details["failure"] as TokenFailure) : "transient";
}

function renewalError(context: AccessContext, failure: McpassError, grant: Grant | undefined): McpassError {
  const kind = failureOf(failure);
  if (failure.code === "file_reference_unreadable" || failure.code === "secret_command_failed" || failure.code === "sign_in_required" || failure.code === "forbidden_by_policy" || (kind !== "transient" && machineOf(context) !== undefined)) return failure;
  if (kind === "terminal" || kind === "client" || kind === "refused") return signInRequired(context, `the issuer ${showUrl(grant?.issuer ?? "")} no longer renews it: ${failure.message}`, failure);
  return new McpassError("renewal_failed", `The access token for ${context.name} could not be renewed; the grant is kept. ${failure.message}`, {
    hint: failure.hint ?? "This looks temporary: run the same command again in a moment.",
    cause: failure,
    details: { ...failure.details, server: context.name },
  });
}
