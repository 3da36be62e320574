/** Why something failed: a closed set, each explained with what to do in docs/troubleshooting.md. Foreign errors are translated into one of these once per floor. */
export type ErrorCode =
  // config
  | "config_unreadable"
  | "config_invalid"
  | "entry_invalid"
  | "variable_unset"
  | "file_reference_unreadable"
  | "untrusted"
  | "forbidden_by_policy"
  | "policy_invalid"
  | "server_unknown"
  | "usage"
  | "port_busy"
  // outgoing requests
  | "unreachable"
  | "timed_out"
  | "answer_invalid"
  | "url_insecure"
  | "address_private"
  // discovery
  | "discovery_failed"
  | "resource_mismatch"
  | "issuer_mismatch"
  | "issuer_changed"
  | "pkce_unsupported"
  // registration
  | "registration_unavailable"
  | "registration_refused"
  | "client_invalid"
  // authorization
  | "callback_port_busy"
  | "callback_invalid"
  | "authorization_refused"
  | "authorization_expired"
  | "cancelled"
  // tokens
  | "token_refused"
  | "renewal_failed"
  | "grant_ended"
  // access
  | "sign_in_required"
  | "scope_insufficient"
  | "header_refused"
  | "token_rejected"
  | "headers_command_failed"
  | "secret_command_failed"
  | "oauth_unsupported"
  // vault
  | "vault_unreadable"
  | "vault_locked"
  | "vault_unwritable"
  | "vault_busy"
  // connection
  | "server_disabled"
  | "server_failed"
  | "protocol_failed"
  | "process_failed"
  | "tool_unknown"
  | "tool_failed"
  | "internal";

/** What JSON can hold; `undefined` members are left out of it. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue | undefined };

/** What an error says beside its code and message: the next command or setting, what it was caused by, and facts that are safe to show. */
export interface McpassErrorOptions {
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  readonly details?: Readonly<Record<string, JsonValue | undefined>> | undefined;
}

const brand = Symbol.for("mcpass.error");

/**
 * The one error of mcpass. `message` names servers and URLs and says what happened, `hint` the next command or setting, `details` the facts; none of them ever holds a credential.
 * `instanceof` holds across copies of the library.
 */
export class McpassError extends Error {
  /** True also for an error of another copy of this class: the program is several files, and a library may be there twice. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && brand in value;
  }

  override readonly name = "McpassError";
  readonly [brand] = true;
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, JsonValue | undefined>>;

  constructor(code: ErrorCode, message: string, options: McpassErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }

  toJSON(): { code: ErrorCode; message: string; hint?: string; details?: Readonly<Record<string, JsonValue | undefined>> } {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(Object.keys(this.details).length === 0 ? {} : { details: this.details }),
    };
  }
}

/** The nearest McpassError along the `cause` chain (the MCP SDK wraps what a fetch throws), or undefined. Looks at most 10 deep. */
export function findMcpassError(thrown: unknown): McpassError | undefined {
  let current = thrown;
  for (let depth = 0; depth < 10 && current instanceof Error; depth += 1) {
    if (current instanceof McpassError) return current;
    current = current.cause;
  }
  return undefined;
}

/** One line saying why something failed, from any thrown value; follows `cause` to the system's own code (ECONNREFUSED, …). */
export function describeCause(thrown: unknown): string {
  if (!(thrown instanceof Error)) return "unknown cause";
  const code = (thrown as { code?: unknown }).code;
  // OpenSSL's own lines are file names and numbers around a few words.
  const message = (/SSL routines:[^:]*:([^:]+):/.exec(thrown.message)?.[1] ?? thrown.message).replace(/\s+/g, " ").trim();
  const text = typeof code === "string" && !message.includes(code) ? `${code} ${message}`.trim() : message;
  return thrown.cause instanceof Error && text === "fetch failed" ? describeCause(thrown.cause) : text;
}
