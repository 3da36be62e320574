import type { GrantHistory, RestoredGrant } from "../access/grant-history.ts";
import type { SignInOptions as AccessSignInOptions, SignOutResult } from "../access/sign-in-types.ts";
import type { FinishRequest, StartedSignIn, StartRequest } from "../access/split-sign-in.ts";
import type { AdoptRequest } from "../access/adopt-sign-in.ts";
import type { Emitter } from "../base/events.ts";
import type { DeletionResult } from "../oauth/registration-management.ts";
import type { VaultKey } from "../vault/vault-key.ts";
import type { AdoptResult } from "./adopt.ts";
import type { Connection, Elicit } from "./connection-types.ts";
import type { Examination } from "./examination.ts";
import type { GrantView } from "./grant-view.ts";
import type { NamedClient } from "./named-clients.ts";
import type { ServerSnapshot } from "./server-state.ts";
import type { ManagerSignIn } from "./sign-in-verified.ts";
import type { StoredSnapshot } from "./stored-snapshot.ts";

export type { AdoptableLogin, AdoptionNotice } from "../access/adopt-sign-in.ts";
export type { AdoptResult } from "./adopt.ts";
export type { GrantHistory, RestoredGrant } from "../access/grant-history.ts";
export type { AuthorizationNotice, SignOutResult } from "../access/sign-in-types.ts";
export type { CallToolResult, Connection, Elicit, GetPromptResult, Progress, Prompt, ReadResourceResult, Resource, Tool } from "./connection-types.ts";
export type { NamedClient } from "./named-clients.ts";
export type { DeletionResult } from "../oauth/registration-management.ts";
export type { Examination, ExaminedGrant } from "./examination.ts";
export type { GrantView } from "./grant-view.ts";
export type { ServerSnapshot } from "./server-state.ts";
export type { ManagerSignIn as SignInResult } from "./sign-in-verified.ts";
export type { Status } from "./status.ts";
export type { StoredSnapshot } from "./stored-snapshot.ts";

export interface SignInOptions extends AccessSignInOptions {
  /** Default: the entry's, else the configuration's. */
  readonly account?: string | undefined;
}

export interface StartSignInOptions extends StartRequest {
  readonly account?: string | undefined;
}

export interface FinishSignInOptions extends FinishRequest {
  /** Default: the one it was started for. */
  readonly account?: string | undefined;
  readonly onNotice?: ((message: string) => void) | undefined;
}

export interface AdoptOptions extends AdoptRequest {
  readonly account?: string | undefined;
}

export type StartResult = StartedSignIn | Exclude<ManagerSignIn, { kind: "signed-in" }>;

export interface ConnectOptions {
  /** What to do when a sign-in is needed; absent: `sign_in_required` or `registration_unavailable` is thrown. */
  readonly signIn?: SignInOptions | undefined;
  readonly elicit?: Elicit | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** All servers by name: what every surface speaks to. Every method throws McpassError only; `server_unknown` for a name that is not there. */
export interface Manager {
  readonly events: Emitter;
  names(): readonly string[];
  /** As known now; asks nobody. */
  snapshot(name: string): ServerSnapshot;
  /**
   * A light look: three or four requests, no SDK, no browser, nothing registered or stored. Settles within the entry's connect deadline and
   * throws only `server_unknown`: what goes wrong is in the snapshot.
   */
  look(name: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<ServerSnapshot>;
  /** What is stored; reads the vault only, and loads nothing that a request would need. */
  stored(name: string): Promise<StoredSnapshot>;
  /** A live connection, shared with whoever is connected already. The SDK is loaded here, and nowhere before. */
  connect(name: string, options?: ConnectOptions): Promise<Connection>;
  /** One sign-in by a person, verified: the grant is read back from the vault, and the server takes its token. U02 */
  signIn(name: string, options: SignInOptions): Promise<ManagerSignIn>;
  /** The first half alone: what to open, and the `state` that comes back. Another process finishes it, within its deadline. */
  startSignIn(name: string, options: StartSignInOptions): Promise<StartResult>;
  /** The second half, verified like a whole one. Throws `callback_invalid` (unknown, used), `authorization_expired`, and what a sign-in throws. */
  finishSignIn(name: string, options: FinishSignInOptions): Promise<ManagerSignIn>;
  /** Makes a sign-in of another program this vault's, once the person agreed to where its refresh token goes. */
  adopt(name: string, options: AdoptOptions): Promise<AdoptResult>;
  signOut(name: string, options: { readonly account?: string | undefined; readonly keepRemote?: boolean | undefined; readonly signal?: AbortSignal | undefined }): Promise<SignOutResult>;
  /** Explains a server, leg by leg, in less than ten seconds. Signs in to nothing, registers nothing, writes nothing. */
  examine(name: string, options?: { readonly account?: string | undefined; readonly signal?: AbortSignal | undefined }): Promise<Examination>;
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
  /** Every grant of the vault, with the names of the servers it serves. */
  grants(): Promise<readonly GrantView[]>;
  /**
   * From now on, until the returned function is called, every snapshot follows what other processes do within two seconds: `server.status` and `grant.changed`
   * tell. For programs that stay; each change costs a look at every server's stored grant. F06
   */
  watch(): Promise<() => void>;
  /** Ends everything that was started: connections, children, sessions. Settles within a few seconds, whatever they do. */
  close(): Promise<void>;
}
