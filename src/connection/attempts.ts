import { comesBackInPublic } from "../access/access-context.ts";
import type { Attempt } from "./attempt.ts";
import { type AttemptRequest, beginInBackground } from "./background-sign-in.ts";
import type { KeptConnections } from "./kept-connections.ts";
import type { StartAuthOptions } from "./manager-types.ts";
import { beginInPublic } from "./public-sign-in.ts";
import type { ServerState } from "./server-state.ts";
import { noteAddress, noteFailure } from "./sign-in-outcome.ts";
import type { StandingParts } from "./standing.ts";
import { arrive } from "./status.ts";

export interface UnderWay extends Attempt {
  readonly server: string;
  /** What a browser was told to open. */
  readonly opened: Set<string>;
  /** The person has signed in; what is left takes nobody. */
  answered: boolean;
}

/** The sign-ins that wait, at most one for each server and account; what they come to is in the status. */
export interface Attempts {
  /** `joined`: it was under way already. Throws `server_unknown`. */
  begin(name: string, options: StartAuthOptions, opens?: boolean): { readonly attempt: UnderWay; readonly joined: boolean };
  find(name: string, account: string): UnderWay | undefined;
  all(): readonly UnderWay[];
  /** What follows from a sign-in, whoever finished it. */
  onSignedIn(state: ServerState, account: string): Promise<void>;
}

export function createAttempts(parts: StandingParts, kept: KeptConnections): Attempts {
  const { servers, shared } = parts;
  const attempts = new Map<string, UnderWay>();
  const keyOf = (server: string, account: string): string => JSON.stringify([server, account]);
  /** X07: the tools are those of whoever has signed in now. */
  const onSignedIn = async (state: ServerState, account: string): Promise<void> => {
    const { name } = state.configured;
    if (account !== accountOf(state) || servers.states.get(name) !== state) return;
    kept.expect(name);
    const listed = await kept.use(name, undefined, (connection) => connection.listTools()).catch(() => undefined);
    if (listed !== undefined) shared.events.emit({ type: "catalog.changed", server: name, at: shared.runtime.now() });
  };

  shared.events.subscribe((event) => {
    const attempt = event.type === "grant.obtained" ? attempts.get(keyOf(event.server, event.account)) : undefined;
    if (attempt !== undefined) attempt.answered = true;
  });

  return {
    onSignedIn,
    find: (name, account) => attempts.get(keyOf(name, account)),
    all: () => [...attempts.values()],
    begin: (name, options, opens = false) => {
      const state = servers.find(name);
      const account = options.account ?? accountOf(state);
      const key = keyOf(name, account);
      const known = attempts.get(key);
      if (known !== undefined) return { attempt: known, joined: true };
      const own = account === accountOf(state);
      const request: AttemptRequest = { ...options, server: name, account, own, opens, onSignedIn: () => onSignedIn(state, account), onFailure: (error) => void (own && noteFailure(state, error)) };
      const attempt: UnderWay = { ...beginWhere(parts, state, request), server: name, opened: new Set<string>(), answered: false };
      attempts.set(key, attempt);
      attempt.onAddress((notice) => {
        if (own) noteAddress(state);
        if (attempt.opensItself && opens) attempt.opened.add(notice.url);
      });
      void attempt.result.catch(() => undefined).finally(() => attempts.get(key) === attempt && attempts.delete(key));
      return { attempt, joined: false };
    },
  };
}

/** Its own: the entry's, else the configuration's. */
export function accountOf(state: ServerState): string {
  return state.snapshot().account ?? "default";
}

/** Where its redirect comes in is known when the access floor is loaded; what has happened elsewhere since is looked at first. */
function beginWhere(parts: StandingParts, state: ServerState, request: AttemptRequest): Attempt {
  const { core } = parts;
  const prepared = async (): Promise<void> => {
    const { facts, cell } = state;
    const before = facts.grant;
    const after = await state.refreshGrant();
    // Another process has signed in: nobody is asked again.
    if (before?.tokens === undefined && after?.tokens !== undefined && cell.status === "needs_auth") arrive(cell, "idle");
  };
  const after = { ...parts, core: { ...core, signIn: async (...words: Parameters<typeof core.signIn>) => (await prepared(), core.signIn(...words)) } };
  const { entry } = state.configured;
  const inPublic = entry?.type === "remote" && comesBackInPublic({ entry, publicCallback: parts.shared.publicCallback });
  // Nothing comes back from another device.
  return inPublic && request.device !== true ? beginInPublic(parts, request) : beginInBackground(after, request);
}
