import { findMcpassError, type McpassError } from "../base/errors.ts";
import type { OAuthSettings } from "../config/server-entry.ts";
import type { Discovery } from "../oauth/discovery.ts";
import type { Grant } from "../vault/vault-record.ts";
import { type AccessContext, redirectUriOf, settingsOf } from "./access-context.ts";
import { attemptSignIn, type Leading, type Resumed, resumeSignIn } from "./attempt-sign-in.ts";
import type { Concessions } from "./authorize.ts";
import { isLeftToOthers } from "./await-callback.ts";
import { awaitTurn, type Lead } from "./follow-sign-in.ts";
import { isForTheSame, newerGrant } from "./others-sign-in.ts";
import { queuePastes } from "./paste-queue.ts";
import { takePending } from "./pending-sign-ins.ts";
import type { SignInOptions } from "./sign-in-types.ts";
import type { NeededSignIn } from "./sign-in.ts";

/** What is left of an authorization for a person who has not opened it here: less is not worth going on with. */
const worthMs = 30_000;

/**
 * One interactive sign-in at a time to one server as one account, whatever number of processes need it: one leads, the others inherit what comes of it. Throws
 * everything an attempt throws, and what the leader of it was refused for. B01, B03, C08
 */
export async function signInOnce(context: AccessContext, needed: NeededSignIn, options: SignInOptions): Promise<Grant> {
  const pastes = options.pasted === undefined ? undefined : queuePastes(options.pasted);
  const turn = await awaitTurn({ context, needed, options, pastes });
  if (turn.kind === "inherited") return turn.grant;
  const { leadership } = turn;
  try {
    const grant = (await newerGrant(context, needed)) ?? (await lead(context, needed, options, turn, { needed, leadership, pastes }));
    await leadership.end();
    return grant;
  } catch (thrown) {
    await leadership.end(thrown);
    throw thrown;
  }
}

/** At most three attempts: each after the first leaves out one thing the issuer refused. One that another process had under way comes first. */
async function lead(context: AccessContext, needed: NeededSignIn, options: SignInOptions, turn: Lead, leading: Leading): Promise<Grant> {
  const { discovery, wish, recorded } = needed;
  const place = { redirectUri: redirectUriOf(settingsOf(context), context) };
  let { concessions } = needed;
  let leftOver = byDevice(context, options) ? undefined : await leftOverOf(context, needed, options, turn);
  for (let attempt = 1; ; attempt += 1) {
    const once = { discovery, wish, concessions, recorded, place };
    try {
      if (leftOver !== undefined) return await resumeSignIn(context, once, leftOver, options, leading);
      return byDevice(context, options) ? await (await loadDeviceSignIn())(context, once, options) : await attemptSignIn(context, once, options, leading);
    } catch (thrown) {
      const error = findMcpassError(thrown);
      // Another program has the port by now: a new address, with a port that can be had.
      if (leftOver !== undefined && error?.code === "callback_port_busy") {
        leftOver = undefined;
        continue;
      }
      leftOver = undefined;
      const next = attempt < 3 ? concede(error, concessions, discovery, settingsOf(context)) : undefined;
      if (next === undefined) throw thrown;
      options.onNotice?.(next.notice);
      concessions = next.concessions;
    }
  }
}

/**
 * The authorization of a leader that died, or that gave up while this process was waiting for it. One that nobody goes on with is taken out, as are those of
 * leaders that were asked to stop: the next sign-in is then a new one.
 */
async function leftOverOf(context: AccessContext, needed: NeededSignIn, { force }: SignInOptions, { leadership, followed, shown, giveUpAt }: Lead): Promise<Resumed | undefined> {
  const { before } = leadership;
  if (before?.pending === undefined) return undefined;
  const record = await context.vault.read(before.pending);
  if (record?.kind !== "pending") return undefined;
  const left = before.ended === undefined || (before.ended.error !== undefined && isLeftToOthers(before.ended.error));
  const goesOn = followed ? left : before.ended === undefined && force !== true;
  const time = record.pending.expiresAt - context.runtime.now();
  if (goesOn && isForTheSame(context, needed, record) && time > (followed ? 0 : worthMs)) {
    return { record, pid: before.pid, opened: before.opened === true, shown: shown === before.pending, giveUpAt };
  }
  await takePending(context.vault, record.pending.state);
  return undefined;
}

function byDevice(context: AccessContext, request: SignInOptions): boolean {
  return request.device ?? settingsOf(context).grant === "device_code";
}

async function loadDeviceSignIn(): Promise<typeof import("./device-sign-in.ts").deviceSignIn> {
  return (await import("./device-sign-in.ts")).deviceSignIn;
}

/** What to leave out after a refusal, each thing once. */
function concede(error: McpassError | undefined, made: Concessions, { server }: Discovery, { registration }: OAuthSettings): { readonly concessions: Concessions; readonly notice: string } | undefined {
  const oauthError = error?.details["oauthError"];
  if (error === undefined || oauthError === undefined) return undefined;
  if (oauthError === "invalid_scope" && error.details["offlineAdded"] === true && made.withoutOffline !== true) {
    return { concessions: { ...made, withoutOffline: true }, notice: `${server.issuer} refused offline_access; asking again without it.` };
  }
  if (oauthError === "invalid_target" && made.withoutResource !== true) {
    return { concessions: { ...made, withoutResource: true }, notice: `${error.message} Asking again without the resource parameter; to do so always, set "oauth": { "resource": false }.` };
  }
  if (!isAboutClient(error)) return undefined;
  if (error.details["document"] === true && registration !== "cimd" && server.registrationEndpoint !== undefined && made.withoutDocument !== true) {
    return { concessions: { ...made, withoutDocument: true }, notice: `${server.issuer} did not accept the client metadata document; registering there instead. To do so always, set "oauth": { "registration": "dcr" }.` };
  }
  if (error.details["storedClient"] === true && made.withoutStoredClient !== true) {
    return { concessions: { ...made, withoutStoredClient: true }, notice: `${server.issuer} no longer knows this client; registering again.` };
  }
  return undefined;
}

/** The refusal means who we are, not what we asked for; some issuers say so only in words. R02, R07 */
function isAboutClient(error: McpassError): boolean {
  const { failure, oauthError } = error.details;
  if (failure === "client" || oauthError === "invalid_client" || oauthError === "unauthorized_client" || oauthError === "invalid_redirect_uri") return true;
  return oauthError === "invalid_grant" && /session not found|client (id )?(is )?(not found|unknown|invalid)|unknown client/i.test(error.message);
}
