import type { McpassError } from "../base/errors.ts";
import type { Emitter } from "../base/events.ts";
import type { Runtime } from "../base/runtime.ts";
import type { Policy } from "../config/policy.ts";
import { machineGrants, type MachineGrantType, type OAuthSettings, type RemoteEntry } from "../config/server-entry.ts";
import type { BearerChallenge } from "../oauth/challenge.ts";
import type { Discovery } from "../oauth/discovery.ts";
import type { DpopKey, Prover } from "../oauth/dpop.ts";
import type { Outgoing } from "../oauth/outgoing.ts";
import type { Vault } from "../vault/vault.ts";
import type { RefusedDocument } from "./document-refused.ts";
import type { OwnHeaders } from "./own-headers.ts";
import type { ServerMemory } from "./server-memory.ts";
import type { Unsaved } from "./unsaved.ts";

/** Everything the access floor needs to know of one server and one account. */
export interface AccessContext {
  readonly runtime: Runtime;
  readonly vault: Vault;
  readonly memory: ServerMemory;
  readonly events: Emitter;
  readonly name: string;
  readonly entry: RemoteEntry;
  readonly account: string;
  /** Canonical; what links lead from. */
  readonly serverUrl: string;
  readonly outgoing: Outgoing;
  readonly headers: OwnHeaders;
  readonly policy: Policy;
  /** Every secret that was read or made while running: never to be shown. */
  readonly readSecrets: Set<string>;
  /** Where callbacks come in that nothing here listens for; for an entry that names no place of its own. */
  readonly publicCallback: string | undefined;
  /** Token requests are for the sign-in of a person whose ID token is needed later. E03 */
  readonly keepsIdToken?: true;
  /** A client that its issuer knew a moment ago, in this process: it is not looked after again. */
  knownClient: { readonly clientId: string; readonly at: number } | undefined;
  /** Found out in this process; the server memory has it too. R07 */
  refusedDocument: RefusedDocument | undefined;
  /** For the grant that tokens are bound to, with the nonces that servers gave. RFC 9449 */
  proving: { readonly key: DpopKey; readonly prover: Prover } | undefined;
  /** A renewed grant that could not be stored. F05 */
  unsaved: Unsaved | undefined;
  /** How long storing one is tried again while nobody else can renew it. */
  readonly unsavedMs: number;
  /** What was found out when access was last refused, so that a sign-in that follows asks nothing twice; `obtainedAt` is of the grant that was stored then. */
  lastRefusal: { readonly challenge: BearerChallenge | undefined; readonly discovery: Discovery | undefined; readonly error: McpassError; readonly obtainedAt: number | undefined } | undefined;
}

export function settingsOf(context: Pick<AccessContext, "entry">): OAuthSettings {
  return context.entry.oauth === false || context.entry.oauth === undefined ? {} : context.entry.oauth;
}

/** The configured grant, if it is one that no person is asked for. */
export function machineOf({ entry }: { readonly entry: RemoteEntry }): MachineGrantType | undefined {
  const grant = entry.oauth === false ? undefined : entry.oauth?.grant;
  return machineGrants.find((machine) => machine === grant);
}

export const defaultCallback = { port: 19876, path: "/mcp/oauth/callback" } as const;

/** Callbacks come in at the public address, and nobody listens here: the entry names neither a redirect URI nor a port. H05 */
export function publicCallbackOf({ redirectUri, callbackPort }: OAuthSettings, { publicCallback }: Pick<AccessContext, "publicCallback">): string | undefined {
  return redirectUri === undefined && callbackPort === undefined ? publicCallback : undefined;
}

/** The redirect URI as it is to be registered with the issuer: configured whole, else the public one, else made of the configured or default host, port and path. */
export function redirectUriOf(settings: OAuthSettings, context: Pick<AccessContext, "publicCallback"> = { publicCallback: undefined }): string {
  const { callbackHost, callbackPort, callbackPath } = settings;
  const whole = settings.redirectUri ?? publicCallbackOf(settings, context);
  const host = callbackHost?.includes(":") === true ? `[${callbackHost}]` : (callbackHost ?? "127.0.0.1");
  return whole ?? `http://${host}:${callbackPort ?? defaultCallback.port}${callbackPath ?? defaultCallback.path}`;
}

/** Redirects of its sign-ins come in at the public address: not those of a device, which come back nowhere, nor of a machine that no person signs in for. */
export function comesBackInPublic(context: Pick<AccessContext, "entry" | "publicCallback">): boolean {
  const settings = settingsOf(context);
  const machine = machineOf(context);
  return publicCallbackOf(settings, context) !== undefined && settings.grant !== "device_code" && (machine === undefined || (machine === "id-jag" && settings.idpIssuer !== undefined));
}
