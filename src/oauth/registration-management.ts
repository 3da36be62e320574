import { plainText, scrub } from "../base/redact.ts";
import type { Outgoing } from "./outgoing.ts";
import type { Registration } from "./registration.ts";

/** How an issuer answered a wish to delete a client. `gone`: it did not know the client any more. */
export type DeletionResult = { readonly kind: "deleted" | "gone" | "not-offered" } | { readonly kind: "failed"; readonly said: string };

/** Deletes the client at its issuer, with the token that came with its registration. Throws only network errors. RFC 7592 §2.3 */
export async function deleteRegistration(outgoing: Outgoing, registration: Registration, signal?: AbortSignal): Promise<DeletionResult> {
  const { registrationClientUri: url, registrationAccessToken: token } = registration;
  if (url === undefined || token === undefined) return { kind: "not-offered" };
  const answer = await outgoing.request({ leg: "registration", method: "DELETE", url, headers: { authorization: `Bearer ${token}` }, signal });
  if (answer.status >= 200 && answer.status < 300) return { kind: "deleted" };
  // RFC 7592 §2.3: a client that is not there any more has no valid token either.
  if ([401, 404, 410].includes(answer.status)) return { kind: "gone" };
  if (answer.status === 405 || answer.status === 501) return { kind: "not-offered" };
  return { kind: "failed", said: plainText(scrub(`${answer.status} ${answer.contentType.includes("html") ? "" : answer.text}`, [token]), 120) };
}
