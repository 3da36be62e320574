import { McpassError } from "../base/errors.ts";
import type { Discovery } from "../oauth/discovery.ts";
import { type Registration, type RegistrationPlan, type RegistrationRequest, registerDynamically, registrationUnavailable } from "../oauth/registration.ts";
import { registrationKey } from "../vault/vault-key.ts";
import type { AccessContext } from "./access-context.ts";
import { applyProfile, registrationHelp } from "./applied-profile.ts";
import { planClient } from "./policed.ts";

export const defaultClientName = "mcpass";
/** A secret that ends this soon is treated as ended. R05 */
const marginMs = 60_000;

export interface RegistrationWish {
  readonly redirectUri: string;
  /** Registered for a port that was free by chance: not worth keeping for the next time. */
  readonly passing: boolean;
  readonly scopes: readonly string[];
  /** For signing in at another device. */
  readonly device?: boolean | undefined;
  /** The issuer no longer knows the client that is stored. R02 */
  readonly afresh: boolean;
  /** The issuer did not take the client metadata document. R07 */
  readonly withoutDocument: boolean;
  readonly signal: AbortSignal | undefined;
  readonly onNotice: ((message: string) => void) | undefined;
}

/**
 * True when signing in there means registering a client ourselves, so that the redirect URI is ours to choose.
 * Throws `registration_unavailable` where no client can be had, before anything is listened on for one.
 */
export function registersItself(context: AccessContext, discovery: Discovery, redirectUri: string, withoutDocument = false): boolean {
  const { kind } = planAt(context, discovery, withoutDocument);
  if (kind === "unavailable") throw unavailable(context, discovery, redirectUri);
  return kind === "dynamic";
}

function planAt(context: AccessContext, { server }: Discovery, withoutDocument: boolean): RegistrationPlan {
  const { settings } = applyProfile(context, server);
  return planClient(context, server, withoutDocument ? { ...settings, registration: "dcr" } : settings);
}

function unavailable(context: AccessContext, { server }: Discovery, redirectUri: string): McpassError {
  const { profile } = applyProfile(context, server);
  return registrationUnavailable(context.name, server.issuer, redirectUri, undefined, profile?.clientHowTo ?? profile?.registrationHowTo);
}

export interface Registered {
  readonly registration: Registration;
  /** Registered for an earlier sign-in: the issuer may have forgotten it. R02 */
  readonly reused: boolean;
}

/**
 * The client to sign in with: configured, by document, stored for this issuer and redirect URI, or registered now; one registration at a time across processes,
 * so that five windows make one client. A configured client is never replaced. Throws `registration_unavailable`, `registration_refused`. R01, R04, R05
 */
export async function ensureRegistration(context: AccessContext, discovery: Discovery, wish: RegistrationWish): Promise<Registered> {
  const { settings } = applyProfile(context, discovery.server);
  const plan = planAt(context, discovery, wish.withoutDocument);
  if (plan.kind === "ready") return { registration: plan.registration, reused: false };
  if (plan.kind === "unavailable") throw unavailable(context, discovery, wish.redirectUri);
  const register = (): Promise<Registration> => registerPatiently(context, discovery, plan.endpoint, wish);
  if (wish.passing) return { registration: await register(), reused: false };
  const { abandoned } = await context.memory.read(context.serverUrl);
  let reused = true;
  const key = registrationKey(discovery.server.issuer, wish.redirectUri, settings.clientName ?? defaultClientName, wish.device === true ? "device_code" : undefined);
  const record = await context.vault.update(key, async (current) => {
    if (current?.kind === "registration" && !wish.afresh && current.registration.clientId !== abandoned?.clientId && isUsable(current.registration, context.runtime.now())) return "keep";
    reused = false;
    return { kind: "registration", registration: await register() };
  });
  if (record?.kind === "registration") return { registration: record.registration, reused };
  throw new McpassError("internal", "The registration was not stored.");
}

function isUsable(registration: Registration, now: number): boolean {
  const expiresAt = registration.clientSecretExpiresAt;
  return expiresAt === undefined || expiresAt - marginMs > now;
}

/** Waits once where the issuer says to come back within 10 s (429), and remembers a final no, so that `list` can say what is missing. R03, R04 */
async function registerPatiently(context: AccessContext, discovery: Discovery, endpoint: string, wish: RegistrationWish): Promise<Registration> {
  const { server } = discovery;
  const applied = applyProfile(context, server);
  const { settings, profile } = applied;
  const request: Omit<RegistrationRequest, "now"> = {
    endpoint,
    issuer: server.issuer,
    redirectUri: wish.redirectUri,
    clientName: settings.clientName ?? defaultClientName,
    clientUri: settings.clientUri,
    scopes: wish.scopes,
    device: wish.device,
    tokenEndpointAuthMethods: server.tokenEndpointAuthMethods,
    headers: settings.headers,
    initialAccessToken: settings.registrationAccessToken,
    howTo: registrationHelp(applied),
    signal: wish.signal,
  };
  const attempt = async (reduced = false): Promise<Registration> => {
    const registration = await registerDynamically(context.outgoing, { ...request, reduced, now: context.runtime.now() });
    const told = registration.tokenEndpointAuthMethod;
    const known = registration.clientSecret !== undefined && (told === undefined || told === "none") ? profile?.tokenEndpointAuthMethod : undefined;
    return known === undefined ? registration : { ...registration, tokenEndpointAuthMethod: known };
  };
  try {
    const registration = await attempt().catch(async (thrown: unknown) => {
      if (thrown instanceof McpassError && thrown.details["error"] === "invalid_client_metadata") {
        wish.onNotice?.(`${server.issuer} did not accept the registration as it was; trying once with the least it can be.`);
        return attempt(true);
      }
      const seconds = retryAfterSeconds(thrown);
      if (seconds === undefined) throw thrown;
      wish.onNotice?.(`The issuer asks to wait ${seconds} s before registering; waiting.`);
      await pause(seconds * 1000, wish.signal);
      return attempt();
    });
    context.knownClient = { clientId: registration.clientId, at: context.runtime.now() };
    await context.memory.note(context.serverUrl, { registrationRefused: undefined, issuer: server.issuer });
    return registration;
  } catch (thrown) {
    if (thrown instanceof McpassError && thrown.code === "registration_refused" && thrown.details["final"] === true) {
      await context.memory.note(context.serverUrl, { registrationRefused: { issuer: server.issuer, at: context.runtime.now(), redirectUri: wish.redirectUri, message: thrown.message } });
    }
    throw thrown;
  }
}

function retryAfterSeconds(thrown: unknown): number | undefined {
  if (!(thrown instanceof McpassError) || thrown.details["status"] !== 429) return undefined;
  const seconds = Number(thrown.details["retryAfter"]);
  return Number.isInteger(seconds) && seconds >= 0 && seconds <= 10 ? seconds : undefined;
}

/** Throws `cancelled`. */
export function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = (): void => (clearTimeout(timer), reject(new McpassError("cancelled", "Cancelled.", { cause: signal?.reason })));
    const timer = setTimeout(() => (signal?.removeEventListener("abort", cancel), resolve()), milliseconds);
    signal?.addEventListener("abort", cancel, { once: true });
    if (signal?.aborted === true) cancel();
  });
}
