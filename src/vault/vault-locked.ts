import { McpassError } from "../base/errors.ts";

/** The records are there; the key that opens them is not to be had. */
export function locked(message: string, hint: string, details: Readonly<Record<string, string>> = {}, cause?: unknown): McpassError {
  return new McpassError("vault_locked", message, { hint, details, cause });
}
