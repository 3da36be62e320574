import type { Discovery } from "../oauth/discovery.ts";
import { isLoopbackHost } from "../oauth/address.ts";
import { randomToken } from "../oauth/pkce.ts";
import { type AccessContext, defaultCallback, publicCallbackOf, settingsOf } from "./access-context.ts";
import type { CallbackPlace } from "./callback-listener.ts";
import { registersItself } from "./ensure-registration.ts";

export interface ChosenPlace extends CallbackPlace {
  /** The redirect URI is of this sign-in alone, so a client registered for it is of no use to the next. */
  readonly passing: boolean;
  /** What a person should know before the listener opens. */
  readonly warnings: readonly string[];
}

/**
 * Where the callback of one sign-in is listened for. Loopback, unless `callbackBind` says otherwise: then other machines can reach the listener, so the path
 * gets a secret that is used once — where the redirect URI is ours to choose — and the person is warned. C01, C02, C04
 */
export function choosePlace(context: AccessContext, discovery: Discovery, redirectUri: string, withoutDocument = false): ChosenPlace {
  const settings = settingsOf(context);
  const { callbackBind, callbackPort } = settings;
  const url = new URL(redirectUri);
  const registers = registersItself(context, discovery, redirectUri, withoutDocument);
  const ours = settings.redirectUri === undefined && publicCallbackOf(settings, context) === undefined && registers;
  const reachable = callbackBind !== undefined && !isLoopbackHost(callbackBind);
  const passing = reachable && ours;
  if (passing) url.pathname = `${url.pathname.replace(/\/$/, "")}/${randomToken()}`;
  const place = placeOf(context, passing ? url.href : redirectUri);
  return {
    ...place,
    mayMove: ours && callbackPort === undefined && callbackBind === undefined,
    passing,
    warnings: reachable ? [reachableWarning(callbackBind, place.port, passing)] : [],
  };
}

/** Where exactly this redirect URI comes back to. */
export function placeOf(context: AccessContext, redirectUri: string): CallbackPlace {
  const settings = settingsOf(context);
  const { callbackBind, callbackPort } = settings;
  const url = new URL(redirectUri);
  const here = isLoopbackHost(url.hostname) && url.protocol === "http:";
  // Where the port is mapped on the way in, the one that is bound is another than the one the browser goes to.
  const port = here && (callbackBind === undefined || callbackPort === undefined || settings.redirectUri === undefined) ? Number(url.port || 80) : (callbackPort ?? defaultCallback.port);
  const path = settings.redirectUri !== undefined && settings.callbackPath !== undefined ? settings.callbackPath : url.pathname;
  return { redirectUri, path, port, bind: callbackBind, mayMove: false };
}

function reachableWarning(bind: string, port: number, secretPath: boolean): string {
  const until = `Warning: until this sign-in is over, other machines may reach its callback listener at ${bind.includes(":") ? `[${bind}]` : bind}:${port} (oauth.callbackBind).`;
  return `${until} ${secretPath ? "Its path is secret and used once." : "Only its state parameter tells the browser's request from others: the redirect URI is as registered."}`;
}
