import { examineCertificates } from "../access/examine-certificates.ts";
import { type Finding, finding } from "../access/finding.ts";
import type { Headers } from "../access/own-headers.ts";
import { findMcpassError, type McpassError } from "../base/errors.ts";
import { product } from "../base/product.ts";
import { plainText, showUrl } from "../base/redact.ts";
import type { Runtime } from "../base/runtime.ts";
import type { RemoteEntry } from "../config/server-entry.ts";
import { parseChallenges } from "../oauth/challenge.ts";
import { translateFailure } from "../oauth/outgoing.ts";
import { discard, type HttpRpcAnswer, postRpc } from "./http-rpc.ts";
import { failureIn } from "./look-remote.ts";
import { initializeParams, modernHeaders, modernParams } from "./protocol-words.ts";
import type { Place } from "./server-answers.ts";

export interface RequestsExamination {
  readonly findings: readonly Finding[];
  /** The server answered as an MCP server does. */
  readonly spoke: boolean;
  /** It answered 401, or 403 with a challenge. */
  readonly refused: boolean;
  /** The field as it came. */
  readonly challenge: string | undefined;
  /** Why it neither spoke nor refused. */
  readonly error: McpassError | undefined;
}

export interface RequestsQuestion {
  readonly runtime: Pick<Runtime, "fetch" | "lookAtCertificate" | "now">;
  readonly entry: RemoteEntry;
  /** The entry's own, as they go out. */
  readonly headers: Headers;
  readonly place: Place;
  readonly patienceMs: () => number;
  readonly signal: AbortSignal;
  /** Given to the runner so that a session opened on the way is ended after it. */
  readonly farewell: (goodbye: Promise<unknown>) => void;
}

export type Outcome = { readonly answer: HttpRpcAnswer; readonly durationMs: number; /** Where redirects led. */ readonly url: string } | { readonly error: McpassError; readonly durationMs: number };

/** The headers that one request carries beside the entry's own. */
export type Sign = (method: string, url: string) => Promise<Readonly<Record<string, string>>>;

const unsigned: Sign = () => Promise.resolve({});

/** As many as calls follow, within the origin. */
const redirectLimit = 3;

/** The first message of both eras without a token, at the same time; the older stream where neither is known. */
export async function examineRequests(question: RequestsQuestion): Promise<RequestsExamination> {
  const [opening, discovery] = await Promise.all([openLegacy(question), discoverModern(question)]);
  const said = [describe(question, "first request", opening), describe(question, "first request, 2026-07-28", discovery)];
  const answers = [opening, discovery].flatMap((outcome) => ("answer" in outcome ? [outcome.answer] : []));
  const refusal = answers.find(isRefusal);
  const spoke = answers.some(({ kind }) => kind === "result");
  const streamed = !spoke && refusal === undefined && "answer" in opening && [400, 404, 405].includes(opening.answer.status) ? await examineStream(question) : undefined;
  const findings = [...(await reached(question, [opening, discovery])), ...said, ...(streamed === undefined ? [] : [streamed.finding])];
  const challenged = refusal ?? (streamed?.refused === true ? streamed : undefined);
  const challenge = challenged === undefined ? undefined : challenged.header("www-authenticate");
  const understood = spoke || streamed?.spoke === true;
  return {
    findings: [...findings, ...(challenged === undefined ? [] : [describeChallenge(challenge)])],
    spoke: understood,
    refused: challenged !== undefined,
    challenge,
    error: understood || challenged !== undefined ? undefined : "error" in opening ? opening.error : failureIn(question.place, opening.answer),
  };
}

/** The first message of the older era, with these headers too; a session that it opens is ended after it. */
export async function openLegacy(question: RequestsQuestion, sign: Sign = unsigned): Promise<Outcome> {
  const outcome = await ask(question, "initialize", initializeParams(), sign);
  const session = "answer" in outcome ? outcome.answer.header("mcp-session-id") : undefined;
  if (session !== undefined) question.farewell(endSession(question, sign, session));
  return outcome;
}

function discoverModern(question: RequestsQuestion): Promise<Outcome> {
  return ask(question, "server/discover", modernParams(), () => Promise.resolve(modernHeaders("server/discover")));
}

async function ask({ runtime, entry, headers: own, patienceMs, signal }: RequestsQuestion, method: string, params: Readonly<Record<string, unknown>>, sign: Sign): Promise<Outcome> {
  const startedAt = runtime.now();
  const timeoutMs = patienceMs();
  const deadline = AbortSignal.timeout(timeoutMs);
  let { url } = entry;
  try {
    for (let hop = 0; ; hop += 1) {
      const all = { "user-agent": product.userAgent, ...own, ...(await sign("POST", url)) };
      const answer = await postRpc(runtime.fetch, url, { jsonrpc: "2.0", id: 1, method, params }, all, AbortSignal.any([signal, deadline]));
      const next = hop === redirectLimit ? undefined : movedWithin(url, answer);
      if (next === undefined) return { answer, durationMs: runtime.now() - startedAt, url };
      url = next;
    }
  } catch (thrown) {
    return { error: translateFailure(thrown, { leg: "server", url, timeoutMs }, deadline, signal), durationMs: runtime.now() - startedAt };
  }
}

/** Where calls would follow to: the same origin, and the method kept. Z04 */
function movedWithin(url: string, answer: HttpRpcAnswer): string | undefined {
  const location = answer.header("location");
  if ((answer.status !== 307 && answer.status !== 308) || location === undefined || !URL.canParse(location, url)) return undefined;
  const next = new URL(location, url);
  return next.origin === new URL(url).origin ? next.href : undefined;
}

async function endSession({ runtime, entry, headers: own }: RequestsQuestion, sign: Sign, session: string): Promise<void> {
  const headers = { ...own, ...(await sign("DELETE", entry.url)), "mcp-session-id": session };
  await discard(await runtime.fetch(entry.url, { method: "DELETE", headers, redirect: "manual", signal: AbortSignal.timeout(1000) }));
}

function isRefusal(answer: HttpRpcAnswer): boolean {
  return answer.status === 401 || (answer.status === 403 && answer.header("www-authenticate") !== undefined);
}

function describe({ entry, place }: RequestsQuestion, leg: Finding["leg"], outcome: Outcome): Finding {
  const { durationMs } = outcome;
  const url = showUrl("url" in outcome ? outcome.url : entry.url);
  if ("error" in outcome) return finding(leg, "bad", outcome.error.message, { url, durationMs });
  const { answer } = outcome;
  const facts = { url, durationMs, status: answer.status };
  if (isRefusal(answer)) return finding(leg, "note", "asks for a credential", facts);
  if (answer.kind === "result") return finding(leg, "good", serverWords(answer.result), facts);
  // A server of one era refuses the other's first message; whether that matters is for the verdict.
  return finding(leg, answer.kind === "error" ? "note" : "warning", failureIn(place, answer).message, facts);
}

function serverWords(result: Readonly<Record<string, unknown>>): string {
  const info = result["serverInfo"];
  const name = typeof info === "object" && info !== null ? (info as { name?: unknown }).name : undefined;
  const named: readonly unknown[] = Array.isArray(result["supportedVersions"]) ? result["supportedVersions"] : [result["protocolVersion"]];
  const versions = named.filter((each) => typeof each === "string").join(", ");
  return [...(typeof name === "string" ? [plainText(name, 60)] : []), `speaks ${versions === "" ? "no version" : plainText(versions, 100)}`].join(" ");
}

/** Whether the server was reached at all, and by TLS. E01 */
async function reached({ runtime, entry, patienceMs, signal }: RequestsQuestion, outcomes: readonly Outcome[]): Promise<readonly Finding[]> {
  const url = new URL(entry.url);
  const answered = outcomes.some((outcome) => "answer" in outcome);
  const failure = outcomes.flatMap((outcome) => ("error" in outcome ? [outcome.error] : []))[0];
  if (url.protocol === "http:") return [finding("tls", "note", "plain http", { url: url.origin })];
  const certificate = failure !== undefined && /certificate|self.signed|ERR_(TLS|SSL)|UNABLE_TO|handshake|does not speak TLS/i.test(failure.message);
  const looked = answered || certificate ? (await examineCertificates({ runtime, timeoutMs: patienceMs(), signal }, [{ leg: "server", url: entry.url }])).findings : [];
  // A server that misses our certificate says so only after a handshake that went well.
  if (looked.some(({ mark }) => answered || mark === "bad")) return looked;
  if (answered) return [finding("tls", "good", "the certificate is trusted", { url: url.origin })];
  return [finding("tls", certificate ? "bad" : "note", certificate ? failure.message : "no connection came that far", { url: url.origin })];
}

interface Streamed {
  readonly finding: Finding;
  readonly spoke: boolean;
  readonly refused: boolean;
  header(name: string): string | undefined;
}

async function examineStream({ runtime, entry, headers, patienceMs, signal }: RequestsQuestion): Promise<Streamed | undefined> {
  const startedAt = runtime.now();
  try {
    const answer = await runtime.fetch(entry.url, { method: "GET", headers: { "user-agent": product.userAgent, ...headers, accept: "text/event-stream" }, redirect: "manual", signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs())]) });
    await answer.body?.[Symbol.asyncIterator]().return?.();
    const spoke = answer.status === 200 && (answer.headers.get("content-type") ?? "").startsWith("text/event-stream");
    const facts = { url: showUrl(entry.url), status: answer.status, durationMs: runtime.now() - startedAt };
    const words = spoke ? "HTTP with SSE, the transport of 2024-11-05" : answer.status === 401 ? "asks for a credential" : "no event stream";
    return { finding: finding("event stream", spoke ? "good" : "note", words, facts), spoke, refused: answer.status === 401, header: (name) => answer.headers.get(name) ?? undefined };
  } catch (thrown) {
    if (findMcpassError(thrown)?.code === "cancelled") throw thrown;
    return undefined;
  }
}

/** D05 */
function describeChallenge(field: string | undefined): Finding {
  if (field === undefined) return finding("challenge", "warning", "401 without WWW-Authenticate");
  const challenges = parseChallenges(field);
  if (challenges.length === 0) return finding("challenge", "warning", "401 with a WWW-Authenticate that cannot be read");
  const shown = challenges.map(({ scheme, parameters }) => [scheme, ...["resource_metadata", "scope", "error"].flatMap((name) => (parameters[name] === undefined ? [] : [`${name}="${plainText(parameters[name], 200)}"`]))].join(" "));
  const complete = challenges.some(({ parameters }) => parameters["resource_metadata"] !== undefined);
  return finding("challenge", complete ? "good" : "warning", `${shown.join(", ")}${complete ? "" : ": it does not say where the resource metadata is"}`);
}
