import { pastedParameters } from "../access/pasted-redirect.ts";
import { findPending } from "../access/pending-sign-ins.ts";
import { describeCause, findMcpassError, McpassError } from "../base/errors.ts";
import { canonicalServerUrl } from "../oauth/resource.ts";
import type { PendingRecord } from "../vault/vault-record.ts";
import { stateOf } from "./attempt.ts";
import { accountOf, type Attempts, createAttempts } from "./attempts.ts";
import { orCancelled, withDeadline } from "./deadline.ts";
import type { KeptConnections } from "./kept-connections.ts";
import type { AuthAnswer, AuthenticateOptions, Manager, SignInResult } from "./manager-types.ts";
import type { ServerState, Shared } from "./server-state.ts";
import { noteFailure } from "./sign-in-outcome.ts";
import type { StandingParts } from "./standing.ts";

/** Sign-ins that wait in the background, at most one for each server and account. */
export interface SignInsUnderWay extends Pick<Manager, "authenticate" | "completeCallback"> {
  readonly start: Manager["startAuth"];
  readonly finish: Manager["finishAuth"];
  /** Of one account, or of all. */
  cancel(name: string, account?: string): Promise<void>;
  end(): Promise<void>;
}

export function createSignInsUnderWay(parts: StandingParts, kept: KeptConnections): SignInsUnderWay {
  const attempts = createAttempts(parts, kept);
  const finish = finisherOf(parts, attempts);
  return {
    start: async (name, options = {}) => {
      const { attempt } = attempts.begin(name, options);
      await orCancelled(attempt.begun, options.signal);
      if (attempt.answered) await orCancelled(attempt.result, options.signal);
      const notice = attempt.answered ? undefined : attempt.address();
      return { authorizationUrl: notice?.url ?? "", oauthState: stateOf(notice), ...(notice?.device === undefined ? {} : { device: notice.device }), ...(notice === undefined ? {} : { notice }) };
    },
    authenticate: async (name, options = {}) => {
      const { attempt, joined } = attempts.begin(name, options, options.openBrowser !== false);
      const stop = attempt.onAddress((notice) => {
        if (attempt.answered) return;
        options.onAuthorization?.(notice);
        // One page for everybody, whichever process opens it. B01
        if (options.openBrowser === false || notice.ledBy !== undefined || attempt.opened.has(notice.url)) return;
        attempt.opened.add(notice.url);
        void open(parts.shared, name, notice.url);
      });
      return waitFor(name, attempt.result, joined, options).finally(stop);
    },
    finish: async (name, answer) => {
      const state = parts.servers.find(name);
      const redirect = redirectOf(answer);
      return finish(state, redirect, await (await state.door()).access.started(redirect));
    },
    completeCallback: async (url) => {
      const record = await pendingOf(parts, url);
      const state = serverOf(parts, record);
      const server = state.configured.name;
      return { server, result: await finish(state, url, record.pending).catch((thrown: unknown) => Promise.reject(aboutServer(thrown, server))) };
    },
    cancel: async (name, account) => {
      const ended = attempts.all().filter((attempt) => attempt.server === name && (account === undefined || attempt.account === account));
      await Promise.all(ended.map((attempt) => attempt.cancel({ forget: true })));
    },
    end: async () => {
      await Promise.all(attempts.all().map((attempt) => attempt.cancel({ forget: false })));
    },
  };
}

/** Opens it without waiting; a browser that cannot be opened is told. */
async function open({ runtime, events }: Shared, name: string, url: string): Promise<void> {
  const { opened, reason } = await runtime.openBrowser(url).catch((thrown: unknown) => ({ opened: false, reason: describeCause(thrown) }));
  if (!opened) events.emit({ type: "browser.failed", server: name, at: runtime.now(), reason: reason ?? "unknown" });
}

type Finish = (state: ServerState, redirect: string, started: { readonly account: string; readonly state: string }) => Promise<SignInResult>;

/** By the sign-in that waits here for it, if there is one. */
function finisherOf({ core }: StandingParts, attempts: Attempts): Finish {
  return async (state, redirect, started) => {
    const { name } = state.configured;
    const attempt = attempts.find(name, started.account);
    if (attempt !== undefined && stateOf(attempt.address()) === started.state) return attempt.finish(redirect);
    try {
      const result = await core.finishSignIn(name, { redirect, account: started.account });
      await attempts.onSignedIn(state, started.account);
      return result;
    } catch (thrown) {
      const error = findMcpassError(thrown);
      if (error !== undefined && error.code !== "callback_invalid" && started.account === accountOf(state)) noteFailure(state, error);
      throw thrown;
    }
  };
}

async function waitFor(name: string, result: Promise<SignInResult>, joined: boolean, { signal, timeoutMs }: AuthenticateOptions): Promise<SignInResult> {
  if (!joined || timeoutMs === undefined) return orCancelled(result, signal);
  const expired = (): McpassError => new McpassError("authorization_expired", `The sign-in to ${name} was not finished within ${Math.round(timeoutMs / 1000)} s; it goes on.`, { hint: "Wait longer for it.", details: { server: name } });
  return withDeadline({ ms: timeoutMs, signal, expired }, () => result);
}

function redirectOf(answer: AuthAnswer): string {
  if ("url" in answer) return answer.url;
  const { code, state, iss } = answer;
  if (state === undefined) return code;
  return `?${new URLSearchParams({ code, state, ...(iss === undefined ? {} : { iss }) }).toString()}`;
}

/** Consumes nothing. Throws `callback_invalid`. */
async function pendingOf({ shared: { vault, publicCallback } }: StandingParts, url: string): Promise<PendingRecord> {
  const state = pastedParameters(url)?.get("state") ?? undefined;
  const record = state === undefined ? undefined : await findPending(vault, state);
  if (record === undefined || record.pending.redirectUri !== publicCallback) throw unknownCallback();
  return record;
}

/** The one it was begun for; else one at the same address. */
function serverOf({ servers: { states } }: StandingParts, { server, pending }: PendingRecord): ServerState {
  const named = states.get(server);
  const found = named ?? [...states.values()].find(({ configured: { entry } }) => entry?.type === "remote" && canonicalServerUrl(entry.url) === pending.serverUrl);
  if (found === undefined) throw unknownCallback();
  return found;
}

function unknownCallback(): McpassError {
  return new McpassError("callback_invalid", "No sign-in waits for this redirect: its state is unknown, was used already, or is over. Nothing was changed.", { hint: "Begin the sign-in again." });
}

function aboutServer(thrown: unknown, server: string): unknown {
  const error = findMcpassError(thrown);
  return error === undefined || error.details["server"] !== undefined ? thrown : new McpassError(error.code, error.message, { hint: error.hint, cause: error, details: { ...error.details, server } });
}
