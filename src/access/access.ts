import { McpassError } from "../base/errors.ts";
import type { Emitter } from "../base/events.ts";
import type { Fetch, Runtime } from "../base/runtime.ts";
import { type Policy, readPolicy } from "../config/policy.ts";
import type { RemoteEntry } from "../config/server-entry.ts";
import { createOutgoing } from "../oauth/outgoing.ts";
import { canonicalServerUrl } from "../oauth/resource.ts";
import type { Vault } from "../vault/vault.ts";
import type { Grant } from "../vault/vault-record.ts";
import { type AccessContext, machineOf } from "./access-context.ts";
import type { AdoptOutcome, AdoptRequest } from "./adopt-sign-in.ts";
import { createAuthorizedFetch } from "./authorized-fetch.ts";
import type { SecretsExamination } from "./examine-secrets.ts";
import type { SignInExamination, SignInQuestion } from "./examine-sign-in.ts";
import { runtimeFor } from "./entry-runtime.ts";
import type { GrantHistory, RestoredGrant } from "./grant-history.ts";
import type { KeepingFresh } from "./keep-fresh.ts";
import { createOwnHeaders, type OwnHeaders } from "./own-headers.ts";
import { forbidsRequest } from "./policed.ts";
import type { ServerMemory } from "./server-memory.ts";
import type { SignInOutcome, SignInRequest } from "./sign-in.ts";
import type { SignOutResult } from "./sign-in-types.ts";
import type { FinishRequest, StartOutcome, StartRequest } from "./split-sign-in.ts";
import { hasOwnCredential } from "./static-credential.ts";
import { readGrant } from "./stored-grant.ts";
import { createTokenSource } from "./token-source.ts";

/** May I call this server now, as this account? One remote server, one account; every surface and every command goes through it. */
export interface Access {
  readonly account: string;
  /** A configured header, or a program that makes some, is its credential; OAuth never starts by itself. */
  readonly hasStaticCredential: boolean;
  /** Its token comes without a person, now and always. H03 */
  readonly byMachine: boolean;
  /**
   * Signs with the static headers or the grant's token; renews before expiry and once on 401; sends again once. Same-origin redirects only.
   * Throws `sign_in_required`, `registration_unavailable`, `issuer_changed`, `scope_insufficient` (details.scopes), `header_refused`, `oauth_unsupported`,
   * `headers_command_failed`, `file_reference_unreadable`, `renewal_failed`, `discovery_failed`, `unreachable`, `timed_out`, `cancelled`. Every other answer passes through as it is.
   */
  readonly fetch: Fetch;
  /** What was sent of its own headers, and what secrets were read or made: not to be shown. */
  ownSecrets(): readonly string[];
  /** The usable grant, from the vault only. */
  grant(): Promise<Grant | undefined>;
  /** Calls at the same time share one sign-in. C08 */
  signIn(request: SignInRequest): Promise<SignInOutcome>;
  /** How one would sign in; signs in, registers and stores nothing. */
  examine(question: SignInQuestion): Promise<SignInExamination>;
  /** Whether its configured secrets can be had; sends nothing. */
  examineSecrets(): Promise<SecretsExamination>;
  /** The two halves of a sign-in in two processes. See `split-sign-in.ts`. */
  startSignIn(request: StartRequest): Promise<StartOutcome>;
  /** The account that the sign-in to be finished was started for, and its `state`. Consumes nothing. Throws `callback_invalid`. */
  started(redirect: string): Promise<{ readonly account: string; readonly state: string }>;
  finishSignIn(request: FinishRequest): Promise<Grant>;
  /** After a token that was just issued was refused: true, once, if another sign-in would register instead of showing the client metadata document. R07 */
  registerInstead(): Promise<boolean>;
  /** Another program's sign-in, made by the client of this entry. See `adopt-sign-in.ts`. */
  adopt(request: AdoptRequest): Promise<AdoptOutcome>;
  signOut(options: { readonly keepRemote?: boolean | undefined; readonly signal?: AbortSignal | undefined }): Promise<SignOutResult>;
  /** Renews ahead of time, quietly, until it is stopped; keeps no process alive. `onSettled` is called after each try. */
  keepFresh(onSettled: () => void): Promise<KeepingFresh>;
  /** Who obtained which generation of the grant; undefined: none is stored. Shows no token. */
  history(): Promise<GrantHistory | undefined>;
  /** Puts the token set back that the issuer refused. Throws `usage` where none was set aside. */
  restore(): Promise<RestoredGrant>;
}

export interface AccessOptions {
  readonly runtime: Runtime;
  readonly vault: Vault;
  readonly memory: ServerMemory;
  readonly events: Emitter;
  readonly name: string;
  readonly entry: RemoteEntry;
  /** See `AccessContext`. */
  readonly publicCallback?: string | undefined;
  /** Default: everything is allowed. */
  readonly policy?: Policy | undefined;
  /** Default: the entry's, else `default`. */
  readonly account?: string | undefined;
  /** The longest that a request of the protocol floor may take from now on, in ms. */
  readonly patienceMs?: (() => number) | undefined;
  /** Those that somebody made already; else they are made here. */
  readonly headers?: OwnHeaders | undefined;
  /** How long a renewed grant that cannot be stored is held back from other processes, in ms. Default 30 s. */
  readonly unsavedMs?: number | undefined;
}

export function openAccess(options: AccessOptions): Access {
  const { vault, memory, events, name, entry } = options;
  const runtime = runtimeFor(options.runtime, entry);
  const account = options.account ?? entry.account ?? "default";
  const policy = options.policy ?? readPolicy();
  const outgoing = createOutgoing({ runtime, forbids: forbidsRequest(policy), serverUrl: entry.url, allowPrivate: entry.allowPrivate, patienceMs: options.patienceMs });
  const context: AccessContext = {
    runtime, vault, memory, events, name, entry, account, outgoing, policy,
    serverUrl: canonicalServerUrl(entry.url),
    headers: options.headers ?? createOwnHeaders({ entry, runtime, name }),
    publicCallback: options.publicCallback,
    readSecrets: new Set(),
    knownClient: undefined,
    refusedDocument: undefined,
    proving: undefined,
    unsaved: undefined,
    unsavedMs: options.unsavedMs ?? 30_000,
    lastRefusal: undefined,
  };
  const source = createTokenSource(context);
  let signingIn: Promise<SignInOutcome> | undefined;
  return {
    account,
    hasStaticCredential: hasOwnCredential(entry),
    byMachine: machineOf(context) !== undefined,
    fetch: createAuthorizedFetch(context, source),
    ownSecrets: () => [...context.headers.secrets(), ...context.readSecrets],
    grant: () => readGrant(context),
    signIn: (request) => {
      if (request.signal?.aborted === true) return Promise.reject(new McpassError("cancelled", "Cancelled."));
      const begin = async (): Promise<SignInOutcome> => (await import("./sign-in.ts")).signIn(context, source, request);
      return (signingIn ??= begin().finally(() => (signingIn = undefined)));
    },
    examine: async (question) => (await import("./examine-sign-in.ts")).examineSignIn(context, question),
    examineSecrets: async () => (await import("./examine-secrets.ts")).examineSecrets(context),
    startSignIn: async (request) => (await import("./split-sign-in.ts")).startSignIn(context, source, request),
    started: async (redirect) => (await (await import("./split-sign-in.ts")).findStarted(context, redirect)).pending,
    finishSignIn: async (request) => (await import("./split-sign-in.ts")).finishSignIn(context, request),
    registerInstead: async () => (await import("./document-refused.ts")).registerInstead(context),
    adopt: async (request) => (await import("./adopt-sign-in.ts")).adoptSignIn(context, source, request),
    signOut: async (request) => (await import("./sign-out.ts")).signOut(context, request),
    keepFresh: async (onSettled) => (await import("./keep-fresh.ts")).keepFresh(context, source, onSettled),
    history: async () => (await import("./grant-history.ts")).readHistory(context),
    restore: async () => (await import("./grant-history.ts")).restoreGrant(context),
  };
}
