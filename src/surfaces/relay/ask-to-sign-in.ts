import type { AuthorizationNotice } from "../../access/sign-in-types.ts";
import { findMcpassError, McpassError } from "../../base/errors.ts";
import { plainText } from "../../base/redact.ts";
import { isRecord } from "../../connection/json-rpc.ts";
import { nextStep } from "../../connection/next-step.ts";
import { errorAnswer, toolSays } from "./answers.ts";
import type { Frame, RpcObject } from "./frame.ts";
import { glanceAt, makeFrame, paramsOf } from "./frame.ts";
import type { Host } from "./host.ts";
import type { HostFacts } from "./open-channel.ts";
import { objectOf } from "./revision-words.ts";
import type { SignInGate } from "./sign-in-gate.ts";

export interface SignInAsker {
  readonly server: string;
  /** The command that signs in. */
  readonly command: string;
  readonly gate: SignInGate;
  readonly host: Host;
  /** How long a request is held while a person signs in, in ms. */
  readonly heldMs: number;
}

/** What becomes of a request that needs a sign-in: an answer for the host, or "send it again": somebody signed in meanwhile. */
export type Asked = { readonly answer: Frame } | { readonly again: Frame };

const requestKey = "mcpass_sign_in";
const stateWord = "mcpass-sign-in";

/** Asks by URL elicitation where the host can show one; else the answer is the address and the command, in words. U03, L-1 to L-5 */
export async function askToSignIn(asker: SignInAsker, facts: HostFacts, frame: Frame, error: McpassError, signal: AbortSignal): Promise<Asked> {
  const answered = facts.era === "modern" ? answeredBefore(frame) : undefined;
  const canShow = objectOf(facts.capabilities["elicitation"])["url"] !== undefined;
  const asks = canShow && (facts.era === "legacy" || ["tools/call", "prompts/get", "resources/read"].includes(frame.method ?? ""));
  try {
    const notice = await asker.gate.link();
    if (answered !== undefined) return answered.accepted ? await held(asker, facts, answered.request, notice, signal) : { answer: refused(asker, facts, frame, notice) };
    if (!asks) return { answer: refused(asker, facts, frame, notice) };
    if (facts.era === "modern") return { answer: inputRequired(frame, asker, notice) };
    const elicitationId = `mcpass-${Math.random().toString(36).slice(2)}`;
    const answer = await asker.host.ask("elicitation/create", { ...elicitation(asker, notice), elicitationId }, signal, frame.id);
    if (objectOf(answer["result"])["action"] !== "accept") return { answer: refused(asker, facts, frame, notice) };
    const outcome = await held(asker, facts, frame, notice, signal);
    if ("again" in outcome) await asker.host.tell({ method: "notifications/elicitation/complete", params: { elicitationId } }, frame.id);
    return outcome;
  } catch (thrown) {
    if (asker.gate.needed === undefined) return { again: answered?.request ?? frame };
    if (signal.aborted) throw thrown;
    return { answer: inWords(asker, facts, frame, findMcpassError(thrown) ?? error, {}) };
  }
}

/** Until somebody has signed in, or as long as a host can be kept waiting. */
async function held(asker: SignInAsker, facts: HostFacts, frame: Frame, notice: AuthorizationNotice, signal: AbortSignal): Promise<Asked> {
  const limit = AbortSignal.timeout(asker.heldMs);
  try {
    await asker.gate.signedIn(AbortSignal.any([signal, limit]));
    return { again: frame };
  } catch (thrown) {
    if (!limit.aborted) throw thrown;
    return { answer: refused(asker, facts, frame, notice) };
  }
}

function refused(asker: SignInAsker, facts: HostFacts, frame: Frame, { url, device }: AuthorizationNotice): Frame {
  const code = device === undefined ? "" : ` The code to type in there: ${device.userCode}.`;
  const error = new McpassError("sign_in_required", `${asker.server} needs a sign-in by its user. Open this address in a browser: ${url}${code} Or run: ${asker.command}. Then try again.`);
  return inWords(asker, facts, frame, error, { url });
}

/** A tool says it in its result, which the model reads; whatever else was asked is an error. */
function inWords({ server, command }: SignInAsker, { era }: HostFacts, frame: Frame, error: McpassError, data: RpcObject): Frame {
  if (frame.method !== "tools/call") return errorAnswer(frame, server, error, { ...data, command });
  const next = nextStep(server, error);
  return toolSays(frame, `${error.message}${next === undefined || error.message.includes(next) ? "" : `\nNext: ${next}`}`, era);
}

function elicitation({ server }: SignInAsker, { url, issuer, scopes }: AuthorizationNotice): RpcObject {
  const asked = scopes.length === 0 ? "" : ` for ${plainText(scopes.join(" "), 200)}`;
  return { mode: "url", url, message: `${plainText(server)} needs your sign-in at ${plainText(issuer, 200)}${asked}. mcpass keeps it, for every client on this machine.` };
}

function inputRequired(frame: Frame, asker: SignInAsker, notice: AuthorizationNotice): Frame {
  const { requestState } = glanceAt(frame);
  // What the server had said before is given back with the answer; it guards itself.
  const state = typeof requestState === "string" ? `${stateWord}:${requestState}` : stateWord;
  return makeFrame({ jsonrpc: "2.0", id: frame.id, result: { resultType: "input_required", inputRequests: { [requestKey]: { method: "elicitation/create", params: elicitation(asker, notice) } }, requestState: state } });
}

/** The answer to an elicitation of ours, and the request as it was before it. */
export function answeredBefore(frame: Frame): { readonly accepted: boolean; readonly request: Frame } | undefined {
  const { requestState } = glanceAt(frame);
  if (typeof requestState !== "string" || (requestState !== stateWord && !requestState.startsWith(`${stateWord}:`))) return undefined;
  const { requestState: _state, inputResponses, ...params } = paramsOf(frame);
  const before = requestState === stateWord ? {} : { requestState: requestState.slice(stateWord.length + 1) };
  const answer = isRecord(inputResponses) ? inputResponses[requestKey] : undefined;
  return { accepted: objectOf(answer)["action"] === "accept", request: makeFrame({ ...frame.message(), params: { ...params, ...before } }) };
}
