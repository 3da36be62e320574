import { describeCause, McpassError } from "../base/errors.ts";
import { product } from "../base/product.ts";
import { showUrl } from "../base/redact.ts";
import type { Certificate, Fetch, FetchAnswer, Runtime } from "../base/runtime.ts";
import { type AddressGuard, createAddressGuard } from "./address-guard.ts";

/** The step of a sign-in or call that a request belongs to; every failure names it. */
export type Leg = "resource metadata" | "issuer metadata" | "registration" | "authorization" | "device authorization" | "token" | "token exchange" | "renewal" | "revocation" | "userinfo" | "server";

export interface OutgoingRequest {
  readonly leg: Leg;
  readonly method?: "GET" | "POST" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Default 10 s. */
  readonly timeoutMs?: number;
  /** Follow up to 3 redirects of a GET, each hop checked anew and without the headers given here once it leaves the origin. Default: none. */
  readonly followRedirects?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface OutgoingAnswer {
  readonly url: string;
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  header(name: string): string | undefined;
}

/**
 * Every request of the protocol floor goes through here: https or loopback, no private host named by a public server, at most 1 MiB,
 * a deadline, redirects by hand. Errors: `url_insecure`, `address_private`, `unreachable`, `timed_out`, `answer_invalid`, `cancelled`;
 * `details.sent` is false where nothing of the request can have left.
 */
export interface Outgoing {
  request(request: OutgoingRequest): Promise<OutgoingAnswer>;
  readonly guard: AddressGuard;
}

const sizeLimit = 1024 * 1024;
const defaultTimeoutMs = 10_000;
const redirectLimit = 3;

export interface OutgoingOptions {
  readonly runtime: Pick<Runtime, "fetch" | "lookup" | "throughProxy">;
  readonly serverUrl: string;
  readonly allowPrivate: boolean;
  /** Why this address may not be asked at this leg; asked before anything is sent or resolved. */
  readonly forbids?: ((url: string, leg: Leg) => McpassError | undefined) | undefined;
  /** The longest that any request may take from now on, in ms; asked before each. With 0 none is sent any more. */
  readonly patienceMs?: (() => number) | undefined;
}

export function createOutgoing(options: OutgoingOptions): Outgoing {
  const { runtime, patienceMs } = options;
  const guard = forbidding(createAddressGuard(options), options.forbids);
  return {
    guard,
    request: async (request) => {
      if (patienceMs === undefined) return sendFollowing(runtime.fetch, guard, request);
      const left = patienceMs();
      if (left <= 0) throw new McpassError("timed_out", `The ${request.leg} request to ${showUrl(request.url)} was not sent: the time for looking was over.`, { details: { leg: request.leg, url: showUrl(request.url), sent: false } });
      return sendFollowing(runtime.fetch, guard, { ...request, timeoutMs: Math.min(request.timeoutMs ?? defaultTimeoutMs, left) });
    },
  };
}

function forbidding(guard: AddressGuard, forbids: OutgoingOptions["forbids"]): AddressGuard {
  if (forbids === undefined) return guard;
  const check: AddressGuard["check"] = async (url, leg) => {
    const refusal = forbids(url, leg);
    if (refusal !== undefined) throw refusal;
    return guard.check(url, leg);
  };
  return { ...guard, check };
}

async function sendFollowing(fetch: Fetch, guard: AddressGuard, request: OutgoingRequest): Promise<OutgoingAnswer> {
  const deadline = AbortSignal.timeout(request.timeoutMs ?? defaultTimeoutMs);
  const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]);
  let current: OutgoingRequest = { ...request, signal };
  for (let hop = 0; ; hop += 1) {
    const answer = await sendOnce(fetch, guard, current, deadline, request.signal);
    const location = answer.header("location");
    if (request.followRedirects !== true || answer.status < 300 || answer.status > 399 || location === undefined) return answer;
    if (hop === redirectLimit || !URL.canParse(location, current.url)) return answer;
    const next = new URL(location, current.url);
    const sameOrigin = next.origin === new URL(current.url).origin;
    current = { ...current, url: next.href, ...(sameOrigin ? {} : { headers: {} }) };
  }
}

async function sendOnce(fetch: Fetch, guard: AddressGuard, request: OutgoingRequest, deadline: AbortSignal, cancel: AbortSignal | undefined): Promise<OutgoingAnswer> {
  let handedOver = false;
  try {
    const addresses = await unlessAborted(guard.check(request.url, request.leg), request.signal);
    handedOver = true;
    const answer = await fetch(request.url, {
      method: request.method ?? "GET",
      headers: { "user-agent": product.userAgent, accept: "application/json", ...request.headers },
      redirect: "manual",
      ...(request.body === undefined ? {} : { body: request.body }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
      ...(addresses === undefined ? {} : { addresses }),
    });
    return {
      url: request.url,
      status: answer.status,
      contentType: (answer.headers.get("content-type") ?? "").toLowerCase(),
      text: await readText(answer, request),
      header: (name) => answer.headers.get(name) ?? undefined,
    };
  } catch (thrown) {
    throw translateFailure(handedOver ? thrown : unsent(thrown), request, deadline, cancel);
  }
}

function unsent(thrown: unknown): unknown {
  return thrown instanceof McpassError ? thrown : Object.assign(new Error(describeCause(thrown), { cause: thrown }), { sent: false });
}

/** What `work` gives, unless the signal comes first: a resolver knows nothing of our deadlines. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    if (signal?.aborted === true) abort();
    void work.then(resolve, reject).finally(() => signal?.removeEventListener("abort", abort));
  });
}

async function readText(answer: FetchAnswer, request: OutgoingRequest): Promise<string> {
  if (answer.body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of answer.body) {
    size += chunk.byteLength;
    if (size > sizeLimit) throw new McpassError("answer_invalid", `The ${request.leg} answer of ${showUrl(request.url)} is larger than 1 MiB; it was not read further.`, { details: { leg: request.leg, url: showUrl(request.url) } });
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** One network failure in our words: the leg, the URL, the system's cause. Also used by the floor above for the server's own requests. */
export function translateFailure(thrown: unknown, request: { leg: Leg; url: string; timeoutMs?: number }, deadline?: AbortSignal, cancel?: AbortSignal): McpassError {
  if (thrown instanceof McpassError) return thrown;
  const place = showUrl(request.url);
  const { certificate } = thrown as { readonly certificate?: Certificate };
  const details = { leg: request.leg, url: place, ...(certificate === undefined ? {} : { certificate }), ...(isUnsent(thrown) ? { sent: false } : {}) };
  if (cancel?.aborted === true) return new McpassError("cancelled", "Cancelled.", { cause: cancel.reason, details });
  if (deadline?.aborted === true) {
    const seconds = Math.round((request.timeoutMs ?? defaultTimeoutMs) / 100) / 10;
    return new McpassError("timed_out", `The ${request.leg} request to ${place} had no answer within ${seconds} s.`, { hint: tokenLegs.has(request.leg) ? slowTokens : undefined, cause: thrown, details });
  }
  return new McpassError("unreachable", `The ${request.leg} request to ${place} failed: ${describeCause(thrown)}.`, { hint: hintOf(thrown), cause: thrown, details });
}

const tokenLegs: ReadonlySet<Leg> = new Set(["token", "token exchange", "renewal", "device authorization"]);
const slowTokens = "If it is only slow, give it more time: oauth.tokenTimeout, in milliseconds.";

const neverSent: ReadonlySet<unknown> = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

/** Nothing of the request has left: a Fetch may say so, and some of the system's errors do. False where it is not known. */
function isUnsent(thrown: unknown): boolean {
  let current = thrown;
  for (let depth = 0; depth < 4 && current instanceof Error; depth += 1) {
    const { sent, code } = current as { readonly sent?: unknown; readonly code?: unknown };
    if (sent === false || neverSent.has(code)) return true;
    current = current.cause;
  }
  return false;
}

/** What a Fetch knows to do about its failure: a certificate, a proxy. */
function hintOf(thrown: unknown): string | undefined {
  const { hint } = thrown as { readonly hint?: unknown };
  return typeof hint === "string" ? hint : undefined;
}
