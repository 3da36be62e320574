import { findMcpassError, McpassError } from "../base/errors.ts";
import { showUrl } from "../base/redact.ts";
import { type DeviceAuthorization, redeemDeviceCode, requestDeviceAuthorization } from "../oauth/device.ts";
import type { Registration } from "../oauth/registration.ts";
import type { TokenRequest, TokenResult } from "../oauth/token.ts";
import type { Grant } from "../vault/vault-record.ts";
import type { AccessContext } from "./access-context.ts";
import { annotate, type Attempt, ended } from "./attempt-sign-in.ts";
import { noticeOf } from "./authorization-notice.ts";
import { type Asking, chooseAsking, keepGrant } from "./authorize.ts";
import { credentialsOf } from "./client-credentials.ts";
import { newBinding, proverFor } from "./dpop-binding.ts";
import { ensureRegistration, pause } from "./ensure-registration.ts";
import { signInCommand } from "./refusals.ts";
import type { SignInOptions } from "./sign-in-types.ts";
import { tokenTerms } from "./token-terms.ts";

const longestIntervalMs = 60_000;
const slowerMs = 5_000;

/** Register → code → show → poll → store. Nothing listens, and no browser opens here. RFC 8628, H02. Throws as `attemptSignIn` does, and `discovery_failed` where the issuer does not offer it. */
export async function deviceSignIn(context: AccessContext, attempt: Attempt, options: SignInOptions): Promise<Grant> {
  const { server } = attempt.discovery;
  const endpoint = server.deviceAuthorizationEndpoint;
  if (endpoint === undefined) throw notOffered(context, server.issuer);
  const asking = chooseAsking(context, attempt.discovery, attempt.wish, attempt.concessions);
  const { registration, reused } = await ensureRegistration(context, attempt.discovery, {
    redirectUri: attempt.place.redirectUri,
    passing: false,
    scopes: asking.scopes,
    device: true,
    afresh: attempt.concessions.withoutStoredClient === true,
    withoutDocument: attempt.concessions.withoutDocument === true,
    signal: options.signal,
    onNotice: options.onNotice,
  });
  const dpopKey = (await newBinding(context))?.key;
  const request = { ...(await requestOf(context, attempt, registration, asking, options)), prover: await proverFor(context, dpopKey) };
  try {
    const device = await requestDeviceAuthorization(context.outgoing, { ...request, deviceAuthorizationEndpoint: endpoint });
    const { tokens, method, idToken } = await waitForPerson(context, attempt, { request, registration, device }, options);
    const asked = { server, serverUrl: context.serverUrl, account: context.account, resource: asking.resource, scopes: asking.scopes, dpopKey };
    const grant = await keepGrant(context, asked, { registration: { ...registration, tokenEndpointAuthMethod: method }, tokens, grantType: "device_code", idToken }, options.signal);
    context.events.emit({ type: "authorization.ended", server: context.name, at: context.runtime.now(), outcome: "completed" });
    return grant;
  } catch (thrown) {
    throw annotate(ended(context, thrown), registration, { offlineAdded: asking.offlineAdded, reused });
  }
}

async function requestOf(context: AccessContext, { discovery }: Attempt, registration: Registration, asking: Asking, { signal }: SignInOptions): Promise<TokenRequest> {
  return {
    ...tokenTerms(context),
    tokenEndpoint: discovery.server.tokenEndpoint,
    client: await credentialsOf(context, registration),
    methods: discovery.server.tokenEndpointAuthMethods,
    resource: asking.resource,
    scopes: asking.scopes,
    signal,
  };
}

interface Waiting {
  readonly request: TokenRequest;
  readonly registration: Registration;
  readonly device: DeviceAuthorization;
}

async function waitForPerson(context: AccessContext, attempt: Attempt, waiting: Waiting, options: SignInOptions): Promise<TokenResult> {
  const { device, registration, request } = waiting;
  const { userCode, verificationUri, verificationUriComplete } = device;
  const url = verificationUriComplete ?? verificationUri;
  const expiresAt = Math.min(device.expiresAt, options.timeoutMs === undefined ? Infinity : context.runtime.now() + options.timeoutMs);
  context.events.emit({ type: "authorization.begun", server: context.name, at: context.runtime.now(), url, expiresAt });
  await options.onAuthorization(noticeOf(context, attempt, registration, { url, redirectUri: undefined, expiresAt, scopes: request.scopes, device: { userCode, verificationUri } }));
  return poll(context, waiting, expiresAt, options.signal);
}

/** Until the person has decided: never sooner than the issuer allows, slower when it says so and when it does not answer. RFC 8628 §3.5 */
async function poll(context: AccessContext, { request, device }: Waiting, expiresAt: number, signal: AbortSignal | undefined): Promise<TokenResult> {
  let { intervalMs } = device;
  for (;;) {
    const left = expiresAt - context.runtime.now();
    await pause(Math.max(0, Math.min(intervalMs, left)), signal);
    if (left <= intervalMs) throw expired(context, request);
    try {
      return await redeemDeviceCode(context.outgoing, request, device.deviceCode);
    } catch (thrown) {
      intervalMs = nextInterval(context, request, findMcpassError(thrown), intervalMs) ?? raise(thrown);
    }
  }
}

/** undefined: the failure is the end of it. */
function nextInterval(context: AccessContext, request: TokenRequest, error: McpassError | undefined, intervalMs: number): number | undefined {
  const said = error?.details["oauthError"];
  if (said === "authorization_pending") return intervalMs;
  if (said === "slow_down") return intervalMs + slowerMs;
  if (said === "expired_token") throw expired(context, request);
  if (said === "access_denied") {
    throw new McpassError("authorization_refused", `The sign-in to ${context.name} was refused at the other device.`, { hint: "Nothing was changed. Run the same command to try again.", cause: error, details: { ...error?.details } });
  }
  const passing = error?.code === "unreachable" || error?.code === "timed_out" || error?.details["failure"] === "transient";
  return passing ? Math.min(longestIntervalMs, intervalMs * 2) : undefined;
}

function raise(thrown: unknown): never {
  throw thrown;
}

function expired(context: AccessContext, { tokenEndpoint }: TokenRequest): McpassError {
  return new McpassError("authorization_expired", `The code for ${context.name} was not typed in at another device in time (${showUrl(new URL(tokenEndpoint).origin)}); nothing was changed.`, { hint: `${signInCommand(context)} --device gives a new one` });
}

function notOffered(context: AccessContext, issuer: string): McpassError {
  return new McpassError("discovery_failed", `The issuer ${showUrl(issuer)} offers no sign-in with another device (RFC 8628).`, { hint: `${signInCommand(context)} prints an address that can be opened on any machine; paste the address it ends at.`, details: { leg: "device authorization", issuer, server: context.name } });
}
