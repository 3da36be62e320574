import type { GrantHistory, RestoredGrant } from "../access/grant-history.ts";
import type { AuthorizationNotice, SignInOptions as AccessSignInOptions, SignOutResult } from "../access/sign-in-types.ts";
import type { FinishRequest, StartedSignIn, StartRequest } from "../access/split-sign-in.ts";
import type { AdoptRequest } from "../access/adopt-sign-in.ts";
import type { Emitter, Listener } from "../base/events.ts";
import type { FetchAnswer, FetchInit } from "../base/runtime.ts";
import type { DeletionResult } from "../oauth/registration-management.ts";
import type { VaultKey } from "../vault/vault-key.ts";
import type { VaultListing } from "../vault/vault.ts";
import type { AdoptResult } from "./adopt.ts";
import type { CallOptions, CallToolResult, Connection, Elicit, GetPromptResult, Prompt, ReadResourceResult, Resource, Tool } from "./connection-types.ts";
import type { ExamineOptions, Examination } from "./examination.ts";
import type { GrantView } from "./grant-view.ts";
import type { NamedClient } from "./named-clients.ts";
import type { PublicStatus } from "./outside-status.ts";
import type { ServerSnapshot } from "./server-state.ts";
import type { ManagerSignIn } from "./sign-in-verified.ts";
import type { StoredSnapshot } from "./stored-snapshot.ts";

export type { AdoptableLogin, AdoptionNotice } from "../access/adopt-sign-in.ts";
export type { AdoptResult } from "./adopt.ts";
export type { GrantHistory, RestoredGrant } from "../access/grant-history.ts";
export type { AuthorizationNotice, SignOutResult } from "../access/sign-in-types.ts";
export type { CallOptions, CallToolResult, Connection, ContentBlock, Elicit, GetPromptResult, Progress, Prompt, ReadResourceResult, Resource, Tool } from "./connection-types.ts";
export type { NamedClient } from "./named-clients.ts";
export type { DeletionResult } from "../oauth/registration-management.ts";
export type { Examination, ExamineOptions, ExaminedGrant } from "./examination.ts";
export type { GrantView } from "./grant-view.ts";
export type { PublicStatus } from "./outside-status.ts";
export type { ServerSnapshot } from "./server-state.ts";
export type { ManagerSignIn as SignInResult } from "./sign-in-verified.ts";
export type { Status } from "./status.ts";
export type { StoredSnapshot } from "./stored-snapshot.ts";

/** One sign-in by a person, and how it talks to that person. */
export interface SignInOptions extends AccessSignInOptions {
  /** Default: the entry's, else the configuration's. */
  readonly account?: string | undefined;
}

/** The first half of a sign-in that another process finishes. */
export interface StartSignInOptions extends StartRequest {
  readonly account?: string | undefined;
}

/** The second half: what came back. */
export interface FinishSignInOptions extends FinishRequest {
  /** Default: the one it was started for. */
  readonly account?: string | undefined;
  readonly onNotice?: ((message: string) => void) | undefined;
}

/** Another program's sign-in that is to become this vault's. */
export interface AdoptOptions extends AdoptRequest {
  readonly account?: string | undefined;
}

/** How a sign-out goes. */
export interface SignOutOptions {
  /** Default: the entry's, else the configuration's. */
  readonly account?: string | undefined;
  /** Forget here only; nothing is revoked. */
  readonly keepRemote?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The first half of a sign-in, or why there is none. */
export type StartResult = StartedSignIn | Exclude<ManagerSignIn, { kind: "signed-in" }>;

/** How a live connection is opened. */
export interface ConnectOptions {
  /** What to do when a sign-in is needed; absent: `sign_in_required` or `registration_unavailable` is thrown. */
  readonly signIn?: SignInOptions | undefined;
  readonly elicit?: Elicit | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a sign-in that waits in the background is begun. */
export interface StartAuthOptions {
  /** Default: the entry's, else the configuration's. */
  readonly account?: string | undefined;
  /** Replaces the configured scope; a leading `+` on a word adds it to what the server asks for. */
  readonly scope?: string | undefined;
  /** Sign in again although a usable grant is stored. */
  readonly force?: boolean | undefined;
  /** With a code that the person types in at another device. RFC 8628; default: as configured. */
  readonly device?: boolean | undefined;
  /** How long the background waits for the person, in ms; default the entry's, else 10 minutes. */
  readonly timeoutMs?: number | undefined;
  /** Ends this waiting, for the address or for the end; the sign-in goes on for whoever else waits for it. */
  readonly signal?: AbortSignal | undefined;
}

/** Where to send the person. */
export interface StartedAuth {
  /** To be opened in a browser; empty when there is nothing to do: the server is signed in to already, or asks for no sign-in. */
  readonly authorizationUrl: string;
  /** The `state` that comes back with the redirect (RFC 6749 §4.1.1); empty where nothing comes back. */
  readonly oauthState: string;
  /** For a sign-in at another device: the code that is typed in there. RFC 8628 */
  readonly device?: { readonly userCode: string; readonly verificationUri: string } | undefined;
  /** What the person is asked to agree to: issuer, scopes, account, client. */
  readonly notice?: AuthorizationNotice | undefined;
}

export interface AuthenticateOptions extends StartAuthOptions {
  /** Default true. No address is opened twice, however many wait for the same sign-in. */
  readonly openBrowser?: boolean | undefined;
  /** Each address to be opened, before the browser is told; one sign-in may take more than one. */
  readonly onAuthorization?: ((notice: AuthorizationNotice) => void) | undefined;
}

/** What came back from the browser: the whole redirect URL, or what it carried. */
export type AuthAnswer = { readonly url: string } | { readonly code: string; readonly state?: string | undefined; readonly iss?: string | undefined };

/** All servers by name: what every surface speaks to. Every method throws McpassError only; `server_unknown` for a name that is not there. */
export interface Manager {
  /** Where everything that happens is told; see `subscribe`. */
  readonly events: Emitter;
  /** Every server's name, in the order of the configuration. */
  names(): readonly string[];
  /** As known now; asks nobody. */
  snapshot(name: string): ServerSnapshot;
  /**
   * A light look: three or four requests, no SDK, no browser, nothing registered or stored. Settles within the entry's connect deadline and
   * throws only `server_unknown`: what goes wrong is in the snapshot.
   */
  look(name: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<ServerSnapshot>;
  /** What is stored; reads the vault only, and loads nothing that a request would need. `among`: what the vault listed a moment ago, for who asks about many. */
  stored(name: string, options?: { readonly among?: readonly VaultListing[] | undefined }): Promise<StoredSnapshot>;
  /** A live connection, shared with whoever is connected already. The SDK is loaded here, and nowhere before. */
  connect(name: string, options?: ConnectOptions): Promise<Connection>;
  /**
   * One request to a server's own origin, signed: with its headers or its grant's token, renewed before it ends and once when it is refused. Same-origin redirects are
   * followed. Throws `sign_in_required` and its like, `renewal_failed`, `unreachable`, `cancelled`, `url_insecure` for another origin; every other answer passes through.
   */
  fetch(name: string, url: string, init?: FetchInit, options?: { readonly account?: string | undefined }): Promise<FetchAnswer>;
  /** One sign-in by a person, verified: the grant is read back from the vault, and the server takes its token. U02 */
  signIn(name: string, options: SignInOptions): Promise<ManagerSignIn>;
  /** The first half alone: what to open, and the `state` that comes back. Another process finishes it, within its deadline. */
  startSignIn(name: string, options: StartSignInOptions): Promise<StartResult>;
  /** The second half, verified like a whole one. Throws `callback_invalid` (unknown, used), `authorization_expired`, and what a sign-in throws. */
  finishSignIn(name: string, options: FinishSignInOptions): Promise<ManagerSignIn>;
  /** Makes a sign-in of another program this vault's, once the person agreed to where its refresh token goes. */
  adopt(name: string, options: AdoptOptions): Promise<AdoptResult>;
  /** Revokes at the issuer (RFC 7009), then forgets here, whatever the issuer said; the live connection ends. What was refused is in the result, not thrown. */
  signOut(name: string, options: SignOutOptions): Promise<SignOutResult>;
  /** Explains a server, leg by leg, in less than ten seconds. Signs in to nothing, registers nothing, writes nothing. */
  examine(name: string, options?: ExamineOptions): Promise<Examination>;
  /** Every stored client, with the names of the servers it is for. Reads only. */
  clients(): Promise<readonly NamedClient[]>;
  /** Takes a stored client out of the vault; sign-ins made with it stay. */
  forgetClient(key: VaultKey): Promise<void>;
  /** Deletes it at its issuer, where that is offered (RFC 7592), and then here. */
  deleteClient(key: VaultKey, options?: { readonly signal?: AbortSignal | undefined }): Promise<DeletionResult>;
  /** Who obtained and used which generation of a grant, without any token; undefined: none is stored. Reads only. */
  history(name: string, account?: string): Promise<GrantHistory | undefined>;
  /** Puts back the token set that an issuer refused. Asks nobody. Throws `usage` where none was set aside. */
  restore(name: string, account?: string): Promise<RestoredGrant>;
  /** Every grant of the vault, with the names of the servers it serves. `among`: as for `stored`. */
  grants(options?: { readonly among?: readonly VaultListing[] | undefined }): Promise<readonly GrantView[]>;
  /**
   * From now on, until the returned function is called, every snapshot follows what other processes do within two seconds: `server.status` and `grant.changed`
   * tell. For programs that stay; each change costs a look at every server's stored grant. F06
   */
  watch(): Promise<() => void>;
  /** Every server as known now, in the order of the configuration; asks nobody. */
  list(): readonly ServerSnapshot[];
  /** What OpenCode's clients read, by name: exactly five shapes. `idle` and `connecting` read as `disabled` until more is known. Asks nobody. */
  status(): Readonly<Record<string, PublicStatus>>;
  /** Hears everything that happens, until the returned function is called. */
  subscribe(listener: Listener): () => void;
  /**
   * One more server, for the time of this process; replaces one of the same name. `config` is what stands in a file's `mcp` entry: validated alike, `{env:…}` and
   * `{file:…}` filled in, relative paths from the working directory. Throws `config_invalid`, `variable_unset`, `file_reference_unreadable`; `usage` for the name `oauth`.
   */
  add(name: string, config: unknown): Promise<ServerSnapshot>;
  /** Ends it and takes it out of this process; files and grants stay as they are. */
  remove(name: string): Promise<void>;
  /** Closes its live connection for everybody; it stays down, its operations throw `server_disabled`, and no gateway reaches it, until `connect` or a sign-in here. */
  disconnect(name: string): Promise<void>;
  /** All its tools. This and the operations below go over one live connection that all share: opened when needed, kept until `disconnect` or `close`. Signs in to nothing. */
  tools(name: string, options?: CallOptions): Promise<readonly Tool[]>;
  /** A result whose `isError` is true is the tool's own word. Throws `tool_unknown`, `timed_out` after the entry's request time, and what the access floor throws. */
  callTool(name: string, tool: string, args: Readonly<Record<string, unknown>>, options?: CallOptions): Promise<CallToolResult>;
  /** All its resources; none where it has no such capability. */
  resources(name: string, options?: CallOptions): Promise<readonly Resource[]>;
  /** The contents of one of them. Throws `protocol_failed` with the server's words where it has none of that URI. */
  readResource(name: string, uri: string, options?: CallOptions): Promise<ReadResourceResult>;
  /** All its prompts; none where it has no such capability. */
  prompts(name: string, options?: CallOptions): Promise<readonly Prompt[]>;
  /** One of them, with its arguments filled in by the server. */
  getPrompt(name: string, prompt: string, args: Readonly<Record<string, string>>, options?: CallOptions): Promise<GetPromptResult>;
  /**
   * Begins a sign-in that waits in the background, and settles as soon as its address is known: the callback is listened for, so whoever opens the address finishes it.
   * A second call while one is under way gives the same address. How it ends is told by `authorization.ended` and by the status; after a success the server is connected anew. X07
   */
  startAuth(name: string, options?: StartAuthOptions): Promise<StartedAuth>;
  /** `startAuth`, the browser, and the wait for the end; joins one that is under way. Throws what a sign-in throws, also `authorization_expired`, `authorization_refused`, `cancelled`. */
  authenticate(name: string, options?: AuthenticateOptions): Promise<ManagerSignIn>;
  /**
   * Finishes a sign-in with what came back, pasted or posted; one that waits in the background ends with it. A bare code is taken only while exactly one
   * authorization is pending for that server and its issuer does not promise `iss` (RFC 9207). Throws `callback_invalid`, which changes nothing.
   */
  finishAuth(name: string, answer: AuthAnswer): Promise<ManagerSignIn>;
  /** Ends a sign-in that waits in the background, of this account or the server's own: its address finishes nothing any more. Without one nothing happens. */
  cancelAuth(name: string, options?: { readonly account?: string | undefined }): Promise<void>;
  /** `signOut`: revokes at the issuer (RFC 7009), forgets here, ends the live connection; and a sign-in that is under way. */
  removeAuth(name: string, options?: SignOutOptions): Promise<SignOutResult>;
  /**
   * Connects every enabled server, a few at a time, and again when a sign-in here or elsewhere makes it possible, or after a pause (2 s, doubling to 5 minutes, jittered)
   * when it failed in passing. Settles when each was tried once, with what stops it. Keeps no process alive.
   */
  keepConnected(): Promise<() => void>;
  /**
   * A redirect that came in at `ManagerOptions.publicCallback`: finds the pending authorization by `state`, finishes it, and says how it ended.
   * Throws `callback_invalid` (an unknown or used `state` changes nothing), and what a sign-in throws, with `details.server`. H05
   */
  completeCallback(url: string): Promise<{ readonly server: string; readonly result: ManagerSignIn }>;
  /** Ends everything that was started: connections, children, sessions, sign-ins that wait (their callback port is let go). Settles within a few seconds, whatever they do. */
  close(): Promise<void>;
}
