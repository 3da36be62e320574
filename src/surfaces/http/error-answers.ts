import { type ErrorCode, findMcpassError, McpassError } from "../../base/errors.ts";
import { shellWord } from "../../base/shell-word.ts";
import type { ErrorAnswer } from "./answer-schemas.ts";
import { BadPayload, Refusal } from "./refusal.ts";

/** Total: a new error code does not compile until its status is decided here. 502–504: the fault is beyond this server; 409: something has to be done first. */
export const errorStatuses: Readonly<Record<ErrorCode, number>> = {
  config_unreadable: 503,
  config_invalid: 400,
  entry_invalid: 400,
  variable_unset: 400,
  file_reference_unreadable: 400,
  untrusted: 403,
  forbidden_by_policy: 403,
  policy_invalid: 403,
  server_unknown: 404,
  usage: 400,
  port_busy: 409,
  unreachable: 502,
  timed_out: 504,
  answer_invalid: 502,
  url_insecure: 502,
  address_private: 502,
  discovery_failed: 502,
  resource_mismatch: 502,
  issuer_mismatch: 502,
  issuer_changed: 409,
  pkce_unsupported: 502,
  registration_unavailable: 409,
  registration_refused: 502,
  client_invalid: 502,
  callback_port_busy: 503,
  callback_invalid: 400,
  authorization_refused: 400,
  authorization_expired: 400,
  cancelled: 409,
  token_refused: 502,
  renewal_failed: 502,
  grant_ended: 409,
  sign_in_required: 409,
  scope_insufficient: 409,
  header_refused: 409,
  token_rejected: 502,
  headers_command_failed: 502,
  secret_command_failed: 502,
  oauth_unsupported: 400,
  vault_unreadable: 503,
  vault_locked: 503,
  vault_unwritable: 503,
  vault_busy: 503,
  server_disabled: 409,
  server_failed: 502,
  protocol_failed: 502,
  process_failed: 502,
  tool_unknown: 404,
  tool_failed: 422,
  internal: 500,
};

/** What a sign-in settles. */
const settledBySignIn: ReadonlySet<ErrorCode> = new Set(["sign_in_required", "grant_ended", "scope_insufficient", "issuer_changed"]);

export interface AnsweredError {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Any thrown value as an answer; OpenCode's shapes where it has one. `onInternal` hears of what nobody foresaw. */
export function answerTo(thrown: unknown, { name, conflictIs = 409 }: { readonly name: string; readonly conflictIs?: number | undefined }, onInternal: (thrown: unknown) => void): AnsweredError {
  if (thrown instanceof Refusal) return { status: thrown.status, body: { error: thrown.message, code: thrown.code, ...(thrown.hint === undefined ? {} : { hint: thrown.hint }) }, headers: thrown.headers };
  if (thrown instanceof BadPayload) return { status: 400, body: { name: "BadRequest", data: { message: thrown.message, kind: "Payload" } } };
  const error = findMcpassError(thrown) ?? new McpassError("internal", "Something unexpected happened inside mcpass.", { hint: "mcpass serve says more on its standard error", cause: thrown });
  if (error.code === "internal") onInternal(thrown);
  if (error.code === "server_unknown") return { status: 404, body: { _tag: "McpServerNotFoundError", name, message: `MCP server not found: ${name}` } };
  const status = errorStatuses[error.code];
  return { status: status === 409 ? conflictIs : status, body: errorBody(error, name) };
}

/** An error as it stands in answers. It names the next command and, where a sign-in settles it, the operation that starts one. U03 */
export function errorBody(error: McpassError, name: string): ErrorAnswer {
  const { redirectUri } = error.details;
  const register = error.code === "registration_unavailable" && typeof redirectUri === "string" ? redirectUri : undefined;
  return {
    error: register === undefined || error.message.includes(register) ? error.message : `${error.message} Redirect URI to register: ${register}`,
    code: error.code,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(register === undefined ? {} : { redirectUri: register }),
    ...(settledBySignIn.has(error.code) && name !== "" ? { signIn: { method: "POST" as const, path: `/mcp/${encodeURIComponent(name)}/auth`, command: error.hint?.startsWith("mcpass auth") === true ? error.hint : `mcpass auth ${shellWord(name)}` } } : {}),
  };
}
