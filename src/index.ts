/**
 * mcpass as a library: list, sign in to and call MCP servers with the grants of this machine, in a program of your own.
 *
 * Start with `createManager`; for nothing but a fetch that signs, `createAuthorizedFetch`. Every error is a `McpassError` with a closed code. Times are milliseconds, points in
 * time milliseconds since the epoch. No error, event or snapshot ever holds a credential.
 *
 * @packageDocumentation
 */
import type { Manager } from "./connection/manager.ts";
import { type AuthorizedFetch, type AuthorizedFetchOptions, openAuthorizedFetch } from "./surfaces/library/authorized-fetch.ts";
import { type CreateManagerOptions, openManager } from "./surfaces/library/create-manager.ts";
import { createNodeRuntime } from "./surfaces/node/node-runtime.ts";

/**
 * All servers by name: those of the configuration files, and those that are given. Reads files, and asks nobody: servers are connected when they are needed, or by
 * `Manager.keepConnected`. `Manager.close` ends everything, and lets the process end.
 *
 * @throws McpassError `config_unreadable`, `config_invalid` (a file, or a server that is given), `variable_unset`, `file_reference_unreadable`, `usage`, `forbidden_by_policy`.
 * A server of a file that cannot be used has the reason as its `error`, and is none to throw.
 */
export function createManager(options: CreateManagerOptions = {}): Promise<Manager> {
  return openManager(options, createNodeRuntime);
}

/**
 * The web's `fetch` for one server, by its configured name or its address; give it to an MCP SDK's transport, or to anything that takes a fetch. It signs nobody in: without a
 * grant it throws `sign_in_required`, whose hint is the command that signs in; `Manager.authenticate` does so too, and the grant is then there for both.
 *
 * Bearer tokens (RFC 6750) or, where the grant is bound to a key, DPoP proofs (RFC 9449); renewed by RFC 6749 §6, one process at a time. Opens nothing before the first request,
 * which throws what `createManager` throws, and `server_unknown`.
 */
export function createAuthorizedFetch(server: string, options: AuthorizedFetchOptions = {}): AuthorizedFetch {
  return openAuthorizedFetch(server, options, createNodeRuntime);
}

export type { ExaminedLeg, Finding } from "./access/finding.ts";
export type { StartedSignIn } from "./access/split-sign-in.ts";
export { findMcpassError, McpassError } from "./base/errors.ts";
export type { ErrorCode, JsonValue, McpassErrorOptions } from "./base/errors.ts";
export type { AboutGrant, Emitter, Listener, McpassEvent } from "./base/events.ts";
export type { Exchange } from "./base/record-exchanges.ts";
export type { Fetch, FetchAnswer, FetchInit, OpenBrowser, TlsFiles } from "./base/runtime.ts";
export type { Layer, Source } from "./config/configuration.ts";
export type { GrantType, MachineGrantType } from "./config/server-entry.ts";
export type {
  AdoptableLogin,
  AdoptionNotice,
  AdoptOptions,
  AdoptResult,
  AuthAnswer,
  AuthenticateOptions,
  AuthorizationNotice,
  CallOptions,
  CallToolResult,
  Connection,
  ConnectOptions,
  ContentBlock,
  DeletionResult,
  Elicit,
  Examination,
  ExamineOptions,
  ExaminedGrant,
  FinishSignInOptions,
  GetPromptResult,
  GrantHistory,
  GrantView,
  Manager,
  NamedClient,
  Progress,
  Prompt,
  PublicStatus,
  ReadResourceResult,
  Resource,
  RestoredGrant,
  ServerSnapshot,
  SignInOptions,
  SignInResult,
  SignOutOptions,
  SignOutResult,
  StartAuthOptions,
  StartedAuth,
  StartResult,
  StartSignInOptions,
  Status,
  StoredSnapshot,
  Tool,
} from "./connection/manager.ts";
export type { Remedy } from "./connection/remedy.ts";
export type { Fault, Verdict, VerdictKind } from "./connection/verdict.ts";
export type { PendingAuthorization } from "./oauth/authorization.ts";
export type { ClientAuthenticationMethod } from "./oauth/client-authentication.ts";
export type { AuthorizationServer } from "./oauth/discover-issuer.ts";
export type { DpopKey } from "./oauth/dpop.ts";
export type { Registration } from "./oauth/registration.ts";
export type { TokenSet } from "./oauth/token.ts";
export type { AuthorizedFetch, AuthorizedFetchOptions } from "./surfaces/library/authorized-fetch.ts";
export type { CreateManagerOptions, LocalServerConfig, RemoteServerConfig, ServerConfig } from "./surfaces/library/create-manager.ts";
export { openFileVault, openPostgresVault } from "./surfaces/library/vaults.ts";
export type { FileVaultOptions, PostgresVaultOptions, VaultOptions } from "./surfaces/library/vaults.ts";
export { openMemoryVault } from "./vault/memory-vault.ts";
export type { GrantHead, LinkHead, PendingHead, RecordHead, RegistrationHead } from "./vault/record-head.ts";
export type { Change, Held, UpdateOptions, Vault, VaultListing } from "./vault/vault.ts";
export type { VaultKey } from "./vault/vault-key.ts";
export type { Ended, Grant, Identity, LineageEntry, Link, PendingRecord, Redeeming, RegistrationRecord, Trouble, VaultRecord } from "./vault/vault-record.ts";
