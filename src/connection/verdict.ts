import type { SignInExamination } from "../access/examine-sign-in.ts";
import type { McpassError } from "../base/errors.ts";
import type { TokenAnswer } from "./examine-grant.ts";
import type { RequestsExamination } from "./examine-requests.ts";

/** What doctor concludes of a server: it is `open`, its credential is a header (`header_auth`), a sign-in would work (`oauth_ready`) but for a client (`client_needed`), only calls are closed (`closed_calls`), or something is `broken`. */
export type VerdictKind = "open" | "header_auth" | "oauth_ready" | "client_needed" | "closed_calls" | "broken";
/** `machine`: this one; what it keeps cannot be read. */
export type Fault = "policy" | "server" | "issuer" | "configuration" | "network" | "machine" | "mcpass";

/** What a server is, and when it is broken, whose fault that is. */
export interface Verdict {
  readonly kind: VerdictKind;
  readonly fault: Fault | undefined;
  /** In the words that every other command has for it; undefined: nothing is wrong and nothing is missing. */
  readonly error: McpassError | undefined;
  /** The stored token is over, and the next call renews it. */
  readonly renews?: boolean;
}

export interface Evidence {
  readonly requests: RequestsExamination;
  readonly signIn: SignInExamination | undefined;
  readonly hasCredential: boolean;
  /** A call was refused before although the list is open. */
  readonly closedCalls: boolean;
  /** What became of the stored token. */
  readonly token: TokenAnswer;
  /** Why the entry's own headers could not be made; nothing that was asked had them. */
  readonly unmade: McpassError | undefined;
}

export function judgeServer({ unmade, requests, signIn, hasCredential, closedCalls, token }: Evidence): Verdict {
  if (unmade !== undefined) return { kind: "broken", fault: "configuration", error: unmade };
  // Some servers say 403 where they mean 401; what they publish tells. X08
  if (requests.error?.details["status"] === 403 && signIn?.named === true && signIn.error.code === "sign_in_required") return { kind: "oauth_ready", fault: undefined, error: signIn.error };
  if (requests.error !== undefined) return { kind: "broken", fault: faultOf(requests.error), error: requests.error };
  if (!requests.refused) {
    if (hasCredential) return { kind: "header_auth", fault: undefined, error: undefined };
    if (signIn?.named === true || closedCalls) return { kind: "closed_calls", fault: undefined, error: token === "taken" || token === "kept" ? undefined : signIn?.error };
    return { kind: "open", fault: undefined, error: undefined };
  }
  const error = signIn?.error;
  if (token === "taken") return { kind: "oauth_ready", fault: undefined, error: undefined };
  switch (error?.code) {
    case "sign_in_required":
      return token === "kept" ? { kind: "oauth_ready", fault: undefined, error: undefined, renews: true } : { kind: "oauth_ready", fault: undefined, error };
    case "issuer_changed":
      return { kind: "oauth_ready", fault: undefined, error };
    case "registration_unavailable":
      return { kind: "client_needed", fault: undefined, error };
    case "header_refused":
      return { kind: "header_auth", fault: "configuration", error };
    case "oauth_unsupported":
      return { kind: "header_auth", fault: undefined, error };
    default:
      return { kind: "broken", fault: error === undefined ? undefined : faultOf(error), error };
  }
}

export function faultOf({ code, details }: McpassError): Fault {
  switch (code) {
    case "unreachable":
    case "timed_out":
      return ["issuer metadata", "token", "registration"].includes(String(details["leg"])) ? "issuer" : details["leg"] === "resource metadata" ? "server" : "network";
    case "url_insecure":
    case "address_private":
      // Endpoints stand in the issuer's metadata, the issuer's address in the server's.
      return ["authorization", "device authorization", "token", "registration"].includes(String(details["leg"])) ? "issuer" : "server";
    case "issuer_mismatch":
    case "pkce_unsupported":
    case "registration_refused":
      return "issuer";
    case "discovery_failed":
      return details["fault"] === "issuer" ? "issuer" : "server";
    case "forbidden_by_policy":
    case "policy_invalid":
      return "policy";
    case "entry_invalid":
    case "variable_unset":
    case "file_reference_unreadable":
    case "untrusted":
    case "config_invalid":
    case "process_failed":
    case "headers_command_failed":
    case "secret_command_failed":
      return "configuration";
    case "vault_unreadable":
    case "vault_locked":
    case "vault_unwritable":
    case "vault_busy":
      return "machine";
    case "internal":
      return "mcpass";
    default:
      return "server";
  }
}
