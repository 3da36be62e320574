import { setTimeout as sleep } from "node:timers/promises";

import { findMcpassError } from "../base/errors.ts";
import { pendingKey, type VaultKey } from "../vault/vault-key.ts";
import type { Grant, PendingRecord } from "../vault/vault-record.ts";
import type { AccessContext } from "./access-context.ts";
import { completeAttempt, ended, lifetimeOf } from "./attempt-sign-in.ts";
import { noticeOf } from "./authorization-notice.ts";
import { acceptPasted, isLeftToOthers, notFinished, signInCancelled } from "./await-callback.ts";
import { errorOf, type LeaderNote, type Leadership, type LeadershipDesk, leadershipOf } from "./leadership.ts";
import { isForTheSame, newerGrant } from "./others-sign-in.ts";
import type { PasteQueue } from "./paste-queue.ts";
import { takePending } from "./pending-sign-ins.ts";
import type { SignInOptions } from "./sign-in-types.ts";
import type { NeededSignIn } from "./sign-in.ts";

/** How many looks there are to one for a grant: its leader may be suspended, or not have said yet that it is there. */
const grantEvery = 5;
/** How long it is not said who is waited for, because there may soon be an address to show. */
const silentMs = 2_000;
/** Between two looks at who leads, on average: many who wait do not look all at once. */
const lookMs = 200;

export interface Lead {
  readonly kind: "lead";
  readonly leadership: Leadership;
  /** Another process led, and this one waited for it. */
  readonly followed: boolean;
  /** What the person was shown meanwhile. */
  readonly shown: VaultKey | undefined;
  /** When whoever asked for this sign-in waits no longer. */
  readonly giveUpAt: number;
}

export interface Turn {
  readonly context: AccessContext;
  readonly needed: NeededSignIn;
  readonly options: SignInOptions;
  readonly pastes: PasteQueue | undefined;
}

/**
 * The right to lead, at once or after whoever has it; or what came of that one's sign-in, its grant or its error. Who waits shows the same address, opens it only
 * where nobody did, registers nothing, and takes what is pasted. Its own deadline and cancellation end its own waiting only: `authorization_expired`, `cancelled`. B01, C08
 */
export async function awaitTurn(turn: Turn): Promise<Lead | { readonly kind: "inherited"; readonly grant: Grant }> {
  const { context, needed, options } = turn;
  const desk = leadershipOf(context);
  const startedAt = context.runtime.now();
  const giveUpAt = startedAt + lifetimeOf(context, options);
  const atFirst = await desk.note();
  const isNews = (note: LeaderNote): boolean => note.id !== atFirst?.id || atFirst.ended === undefined;
  const first = await desk.take();
  if (first !== undefined) return { kind: "lead", leadership: first, followed: false, shown: undefined, giveUpAt };
  const follower = createFollower(turn, desk, giveUpAt);
  try {
    for (let looks = 1; ; looks += 1) {
      if (options.signal?.aborted === true) throw signInCancelled(context);
      if (context.runtime.now() >= giveUpAt) throw notFinished(context, { issuer: needed.discovery.server.issuer, createdAt: startedAt, giveUpAt, expiresAt: giveUpAt });
      const note = await desk.note();
      const news = note !== undefined && isNews(note) ? note : undefined;
      const grant = (await outcomeOf(turn, follower, news)) ?? (await follower.finishPasted()) ?? (looks % grantEvery === 0 ? await newerGrant(context, needed) : undefined);
      if (grant !== undefined) return follower.inherit(grant);
      const leadership = await desk.take();
      if (leadership !== undefined) return await follow(turn, follower, { kind: "lead", leadership, followed: true, shown: follower.shown(), giveUpAt }, isNews);
      if (news !== undefined) await follower.show(news, context.runtime.now() - startedAt > silentMs);
      await sleep(lookMs * (0.5 + Math.random()), undefined, { signal: options.signal }).catch(() => undefined);
    }
  } catch (thrown) {
    throw follower.shown() === undefined ? thrown : ended(context, thrown);
  }
}

/** It may have ended between the two looks: then nothing is left to lead, and whoever else waits is told the same. */
async function follow(turn: Turn, follower: Follower, lead: Lead, isNews: (note: LeaderNote) => boolean): Promise<Lead | { readonly kind: "inherited"; readonly grant: Grant }> {
  const { leadership } = lead;
  try {
    const grant = leadership.before !== undefined && isNews(leadership.before) ? await outcomeOf(turn, follower, leadership.before) : undefined;
    if (grant === undefined) return lead;
    await leadership.end();
    return follower.inherit(grant);
  } catch (thrown) {
    await leadership.end(thrown);
    throw thrown;
  }
}

/** What another process's sign-in came to, if that is of use here; throws what it was refused for. undefined: it goes on, or another one is to go on with it. */
async function outcomeOf({ context, needed }: Turn, follower: Follower, note: LeaderNote | undefined): Promise<Grant | undefined> {
  if (note?.ended === undefined) return undefined;
  const { error } = note.ended;
  if (error === undefined) return newerGrant(context, needed);
  if (isLeftToOthers(error) || follower.wantsOther(note)) return undefined;
  throw errorOf(error);
}

interface Follower {
  shown(): VaultKey | undefined;
  /** What was refused there is not what is wanted here. */
  wantsOther(note: LeaderNote): boolean;
  /** Shows what there is to open, once; `insist`: says who is waited for although there is nothing. */
  show(note: LeaderNote, insist: boolean): Promise<void>;
  /** The grant, where something was pasted here that finishes what was shown. */
  finishPasted(): Promise<Grant | undefined>;
  inherit(grant: Grant): { readonly kind: "inherited"; readonly grant: Grant };
}

function createFollower({ context, needed, options, pastes }: Turn, desk: LeadershipDesk, giveUpAt: number): Follower {
  let shown: PendingRecord | undefined;
  let said: string | undefined;
  const others = new Set<VaultKey>();
  const shownKey = (): VaultKey | undefined => (shown === undefined ? undefined : pendingKey(shown.pending.state));
  const sayOnce = (note: LeaderNote, words: string): void => {
    if (said !== note.id) options.onNotice?.(`Another mcpass (process ${String(note.pid)}) is signing in to ${context.name}${words}; waiting for it.`);
    said = note.id;
  };
  return {
    shown: shownKey,
    wantsOther: ({ pending }) => pending !== undefined && others.has(pending),
    async show(note, insist) {
      if (note.ended !== undefined || (note.pending !== undefined && note.pending === shownKey())) return;
      const record = note.pending === undefined ? undefined : await context.vault.read(note.pending);
      if (record?.kind !== "pending") return insist && shown === undefined ? sayOnce(note, "") : undefined;
      if (!isForTheSame(context, needed, record)) {
        others.add(pendingKey(record.pending.state));
        return sayOnce(note, " for something else");
      }
      shown = record;
      const { registration, redirectUri, scopes, expiresAt } = record.pending;
      context.events.emit({ type: "authorization.begun", server: context.name, at: context.runtime.now(), url: record.url, expiresAt });
      const notice = noticeOf(context, needed, registration, { url: record.url, redirectUri, scopes, expiresAt: Math.min(giveUpAt, expiresAt) });
      await options.onAuthorization({ ...notice, ledBy: note.pid });
      // Who leads may be a program that opens nothing by itself, and this one was told to.
      if (note.opened !== true && options.openBrowser !== false && (await desk.claimOpening(pendingKey(record.pending.state)))) void openForLeader(context, desk, record);
    },
    async finishPasted() {
      const text = shown === undefined ? undefined : pastes?.poll();
      if (shown === undefined || text === undefined) return undefined;
      const { pending } = shown;
      const parameters = acceptPasted(text, pending, options.onPasteRefused);
      const taken = parameters === undefined ? undefined : await takePending(context.vault, pending.state);
      if (parameters === undefined || taken === undefined) return undefined;
      try {
        return await completeAttempt(context, taken.pending, parameters, { offlineAdded: taken.offlineAdded, reused: false, signal: options.signal });
      } catch (thrown) {
        // Who leads decides whether that is the end of it.
        await desk.refuse(pendingKey(pending.state), thrown);
        if (findMcpassError(thrown)?.code === "cancelled") throw thrown;
        return undefined;
      }
    },
    inherit(grant) {
      if (shown !== undefined) context.events.emit({ type: "authorization.ended", server: context.name, at: context.runtime.now(), outcome: "completed" });
      return { kind: "inherited", grant };
    },
  };
}

/** Says nothing when no browser can be opened: the address is shown. */
async function openForLeader({ runtime }: AccessContext, desk: LeadershipDesk, { url, pending }: PendingRecord): Promise<void> {
  const { opened } = await runtime.openBrowser(url).catch(() => ({ opened: false }));
  if (!opened) await desk.releaseOpening(pendingKey(pending.state));
}
