import { McpassError } from "../base/errors.ts";
import { headerSecrets, plainText, scrub, showUrl } from "../base/redact.ts";
import { chooseMethods, type ClientCredentials, proveClient } from "./client-authentication.ts";
import type { Outgoing } from "./outgoing.ts";
import { readJsonObject, readOAuthFailure } from "./wire.ts";

export interface RevocationRequest {
  readonly endpoint: string;
  readonly client: ClientCredentials;
  readonly token: string;
  readonly hint: "refresh_token" | "access_token";
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One token, at most 5 s. A 200 means it is dead, or always was. RFC 7009 §2. Throws `token_refused` or a network error. U04, F07 */
export async function revokeToken(outgoing: Outgoing, request: RevocationRequest): Promise<void> {
  const [method = "none"] = chooseMethods(request.client, undefined);
  const authentication = await proveClient(request.client, method);
  const answer = await outgoing.request({
    leg: "revocation",
    method: "POST",
    url: request.endpoint,
    headers: { ...request.headers, "content-type": "application/x-www-form-urlencoded", ...authentication.headers },
    body: new URLSearchParams({ token: request.token, token_type_hint: request.hint, ...authentication.parameters }).toString(),
    timeoutMs: 5_000,
    signal: request.signal,
  });
  if (answer.status >= 200 && answer.status < 300) return;
  const failure = readOAuthFailure(readJsonObject(answer.text));
  const said = failure === undefined ? "" : `, ${plainText(scrub(failure.error, [request.token, request.client.clientSecret, ...headerSecrets(request.headers)]), 80)}`;
  throw new McpassError("token_refused", `The revocation endpoint ${showUrl(request.endpoint)} did not revoke the ${request.hint.replace("_", " ")} (${answer.status}${said}).`, { details: { leg: "revocation", status: answer.status } });
}
