import type { ErrorCode } from "../../base/errors.ts";

export const exitDone = 0;
export const exitFailed = 1;
export const exitUsage = 2;
export const exitSignInNeeded = 4;
export const exitCancelled = 130;

/** Total: a new error code does not compile until its exit code is decided here. */
export const exitCodes: Readonly<Record<ErrorCode, number>> = {
  config_unreadable: exitFailed,
  config_invalid: exitFailed,
  entry_invalid: exitFailed,
  variable_unset: exitFailed,
  file_reference_unreadable: exitFailed,
  untrusted: exitFailed,
  forbidden_by_policy: exitFailed,
  policy_invalid: exitFailed,
  server_unknown: exitUsage,
  usage: exitUsage,
  unreachable: exitFailed,
  timed_out: exitFailed,
  answer_invalid: exitFailed,
  url_insecure: exitFailed,
  address_private: exitFailed,
  discovery_failed: exitFailed,
  resource_mismatch: exitFailed,
  issuer_mismatch: exitFailed,
  issuer_changed: exitSignInNeeded,
  pkce_unsupported: exitFailed,
  registration_unavailable: exitSignInNeeded,
  registration_refused: exitFailed,
  client_invalid: exitFailed,
  callback_port_busy: exitFailed,
  callback_invalid: exitFailed,
  authorization_refused: exitFailed,
  authorization_expired: exitFailed,
  cancelled: exitCancelled,
  token_refused: exitFailed,
  renewal_failed: exitFailed,
  grant_ended: exitSignInNeeded,
  sign_in_required: exitSignInNeeded,
  scope_insufficient: exitSignInNeeded,
  header_refused: exitFailed,
  token_rejected: exitFailed,
  headers_command_failed: exitFailed,
  secret_command_failed: exitFailed,
  oauth_unsupported: exitFailed,
  vault_unreadable: exitFailed,
  vault_unwritable: exitFailed,
  vault_busy: exitFailed,
  server_disabled: exitFailed,
  server_failed: exitFailed,
  protocol_failed: exitFailed,
  process_failed: exitFailed,
  tool_unknown: exitUsage,
  tool_failed: exitFailed,
  internal: exitFailed,
};
