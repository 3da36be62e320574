import type { McpassError } from "../base/errors.ts";
import type { Emitter } from "../base/events.ts";
import type { Runtime } from "../base/runtime.ts";
import type { OAuthSettings, RemoteEntry } from "../config/server-entry.ts";
import type { BearerChallenge } from "../oauth/challenge.ts";
import type { Discovery } from "../oauth/discovery.ts";
import type { Outgoing } from "../oauth/outgoing.ts";
import { canonicalServerUrl } from "../oauth/resource.ts";
import { type Grant, grantKey, type Vault, type VaultKey } from "../vault/vault.ts";
import type { OwnHeaders } from "./own-headers.ts";
import type { ServerMemory } from "./server-memory.ts";

/** Everything the access floor needs to know of one server and one account. */
export interface AccessContext {
  readonly runtime: Runtime;
  readonly vault: Vault;
  readonly memory: ServerMemory;
  readonly events: Emitter;
  readonly name: string;
  readonly entry: RemoteEntry;
  readonly account: string;
  /** Canonical; what grants are keyed by. */
  readonly serverUrl: string;
  readonly outgoing: Outgoing;
  readonly headers: OwnHeaders;
  /** A client that its issuer knew a moment ago, in this process: it is not looked after again. */
  knownClient: { readonly clientId: string; readonly at: number } | undefined;
  /** What was found out when access was last refused, so that a sign-in that follows asks nothing twice. */
  lastRefusal: { readonly challenge: BearerChallenge | undefined; readonly discovery: Discovery | undefined; readonly error: McpassError } | undefined;
}

export function settingsOf(context: AccessContext): OAuthSettings {
  return context.entry.oauth === false || context.entry.oauth === undefined ? {} : context.entry.oauth;
}

export function keyOf(context: AccessContext): VaultKey {
  return grantKey(context.serverUrl, context.account);
}

export const defaultCallback = { port: 19876, path: "/mcp/oauth/callback" } as const;

/** The redirect URI as it is to be registered with the issuer: configured whole, else made of the configured or default host, port and path. */
export function redirectUriOf({ redirectUri, callbackHost, callbackPort, callbackPath }: OAuthSettings): string {
  const host = callbackHost?.includes(":") === true ? `[${callbackHost}]` : (callbackHost ?? "127.0.0.1");
  return redirectUri ?? `http://${host}:${callbackPort ?? defaultCallback.port}${callbackPath ?? defaultCallback.path}`;
}

/** The stored grant, if it may serve this entry: same server URL by its key, and no other issuer or client configured since. S06 */
export async function readGrant(context: AccessContext): Promise<Grant | undefined> {
  const record = await context.vault.read(keyOf(context));
  return record?.kind === "grant" && serves(context, record) ? record : undefined;
}

export function serves(context: AccessContext, grant: Grant): boolean {
  const { clientId, issuer } = settingsOf(context);
  if (canonicalServerUrl(context.entry.url) !== grant.serverUrl) return false;
  return (clientId === undefined || clientId === grant.registration.clientId) && (issuer === undefined || issuer === grant.issuer);
}
