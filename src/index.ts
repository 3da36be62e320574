/** The library: what a program needs to list, sign in to and call MCP servers with the grants of this machine. Errors are McpassError, always. */
export { findMcpassError, McpassError } from "./base/errors.ts";
export type { ErrorCode, JsonValue, McpassErrorOptions } from "./base/errors.ts";
export { Emitter } from "./base/events.ts";
export type { Listener, McpassEvent } from "./base/events.ts";
export type { Directories, Fetch, FetchAnswer, FetchInit, OpenBrowser, PolicyFile, Runtime, TlsFiles } from "./base/runtime.ts";
export type { Configuration, ConfiguredServer } from "./config/configuration.ts";
export { readConfiguration } from "./config/config-file.ts";
export { entryForAddress } from "./config/entry-address.ts";
export type { LocalEntry, OAuthSettings, RemoteEntry, ServerEntry } from "./config/server-entry.ts";
export { createManager } from "./connection/manager.ts";
export type {
  AdoptableLogin,
  AdoptionNotice,
  AdoptOptions,
  AdoptResult,
  AuthorizationNotice,
  Connection,
  ConnectOptions,
  FinishSignInOptions,
  Elicit,
  GrantHistory,
  GrantView,
  Manager,
  ManagerOptions,
  RestoredGrant,
  ServerSnapshot,
  SignInOptions,
  SignInResult,
  SignOutResult,
  StartResult,
  StartSignInOptions,
  Status,
  StoredSnapshot,
} from "./connection/manager.ts";
export { createNodeRuntime } from "./surfaces/node/node-runtime.ts";
export { openFileVault } from "./vault/file-vault.ts";
export { openPostgresVault } from "./vault/postgres/postgres-vault.ts";
export { grantKey, linkKey, registrationKey } from "./vault/vault-key.ts";
export type { GrantHead, LinkHead, PendingHead, RecordHead, RegistrationHead } from "./vault/record-head.ts";
export type { Change, Held, Vault, VaultListing } from "./vault/vault.ts";
export type { VaultKey } from "./vault/vault-key.ts";
export type { Ended, Grant, Identity, LineageEntry, Link, PendingRecord, Redeeming, RegistrationRecord, Trouble, VaultRecord } from "./vault/vault-record.ts";
