import type { Prover } from "./dpop.ts";
import type { Outgoing, OutgoingAnswer } from "./outgoing.ts";
import { type PersonClaims, personOf } from "./person-claims.ts";
import { readJsonObject } from "./wire.ts";

export interface UserinfoQuestion {
  readonly endpoint: string;
  readonly accessToken: string;
  readonly prover: Prover | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Of the ID token: an answer about anybody else is not used. OpenID Connect Core §5.3.2 */
  readonly subject: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Nobody waits long for a name. */
const timeoutMs = 3_000;

/** Who the issuer says the token is of; undefined where it does not say, in JSON. OpenID Connect Core §5.3. Throws as `Outgoing` does. */
export async function askUserinfo(outgoing: Outgoing, question: UserinfoQuestion): Promise<PersonClaims | undefined> {
  const { endpoint, subject, prover } = question;
  const first = await send(outgoing, question);
  const nonced = first.status === 401 && prover?.note(endpoint, first.header("dpop-nonce")) === true;
  const answer = nonced ? await send(outgoing, question) : first;
  const body = answer.status === 200 ? readJsonObject(answer.text) : undefined;
  const person = body === undefined ? undefined : personOf(body);
  return subject === undefined || person?.subject === subject ? person : undefined;
}

async function send(outgoing: Outgoing, { endpoint, accessToken, prover, headers, signal }: UserinfoQuestion): Promise<OutgoingAnswer> {
  const proof = prover === undefined ? {} : { dpop: await prover.prove({ method: "GET", url: endpoint, accessToken }) };
  const authorization = `${prover === undefined ? "Bearer" : "DPoP"} ${accessToken}`;
  return outgoing.request({ leg: "userinfo", url: endpoint, headers: { ...headers, authorization, ...proof }, timeoutMs, signal });
}
