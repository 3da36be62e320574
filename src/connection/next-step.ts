import { type ErrorCode, McpassError } from "../base/errors.ts";
import { gapWords, hasGap } from "../base/redact.ts";
import { shellWord } from "../base/shell-word.ts";

/** Of these, doctor finds out more than one failed request could. */
const explained: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["unreachable", "timed_out", "answer_invalid", "url_insecure", "discovery_failed", "registration_refused", "client_invalid", "authorization_refused", "token_refused", "server_failed", "protocol_failed"]);

/** The next command: the error's own hint, else doctor, where that can tell more. A JSON-RPC error is the server's own word on one request, and says what is to be said. */
export function nextStep(server: string, { code, hint, details }: McpassError): string | undefined {
  const step = hint ?? (explained.has(code) && details["rpcCode"] === undefined ? `mcpass doctor ${shellWord(server)}` : undefined);
  return step !== undefined && hasGap(server) && step.includes(server) && !step.includes(gapWords) ? `${step} ${gapWords}` : step;
}

/** The same error with its next command. */
export function withNextStep(server: string, error: McpassError): McpassError {
  const hint = nextStep(server, error);
  return hint === error.hint ? error : new McpassError(error.code, error.message, { hint, cause: error.cause ?? error, details: error.details });
}
