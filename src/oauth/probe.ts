import { McpassError } from "../base/errors.ts";
import { showUrl } from "../base/redact.ts";
import type { Leg, Outgoing } from "./outgoing.ts";
import { readJsonObject, type WireObject } from "./wire.ts";

/**
 * What one well-known URL gave. `absent`: it says there is nothing; `blocked`: 401 or 403; `broken`: an answer that is no document;
 * `unreachable`: no answer; `refused`: we did not ask (see the guard); `foreign`: a document that speaks for someone else. D08
 */
export interface Probe {
  readonly leg: Leg;
  readonly url: string;
  readonly outcome: "document" | "absent" | "blocked" | "broken" | "unreachable" | "refused" | "foreign";
  /** Safe to show. */
  readonly detail: string;
  /** Worth another try later: 408, 425, 429, 5xx, no answer. */
  readonly transient: boolean;
  readonly error?: McpassError;
}

export interface ProbeOptions {
  readonly leg: Leg;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Asks one URL for a document that `read` accepts. Never throws, except `cancelled`. */
export async function probeDocument<T>(outgoing: Outgoing, url: string, read: (body: WireObject) => T | undefined, options: ProbeOptions): Promise<{ probe: Probe; document?: T }> {
  const place = showUrl(url);
  try {
    const answer = await outgoing.request({ leg: options.leg, url, headers: options.headers ?? {}, followRedirects: true, signal: options.signal });
    const body = answer.status === 200 ? readJsonObject(answer.text) : undefined;
    const document = body === undefined ? undefined : read(body);
    if (document !== undefined) return { probe: { leg: options.leg, url: place, outcome: "document", detail: "200", transient: false }, document };
    return { probe: { leg: options.leg, url: place, ...judge(answer.status, answer.contentType, body) } };
  } catch (thrown) {
    const error = thrown instanceof McpassError ? thrown : new McpassError("internal", `Reading ${place} failed.`, { cause: thrown });
    if (error.code === "cancelled") throw error;
    const refused = error.code === "url_insecure" || error.code === "address_private" || error.code === "forbidden_by_policy" || error.code === "policy_invalid";
    const broken = error.code === "answer_invalid";
    return { probe: { leg: options.leg, url: place, outcome: refused ? "refused" : broken ? "broken" : "unreachable", detail: error.message, transient: !refused && !broken, error } };
  }
}

function judge(status: number, contentType: string, body: WireObject | undefined): Pick<Probe, "outcome" | "detail" | "transient"> {
  if (status === 200) {
    const what = body === undefined ? `not JSON (${contentType.split(";")[0] ?? ""})` : "JSON without the members it should have";
    return { outcome: "broken", detail: `200, but ${what}`, transient: false };
  }
  if (status === 401 || status === 403) return { outcome: "blocked", detail: String(status), transient: false };
  if ([408, 425, 429].includes(status) || status >= 500) return { outcome: "broken", detail: String(status), transient: true };
  if (status >= 300 && status < 400) return { outcome: "broken", detail: `${status}, a redirect that was not followed further`, transient: false };
  return { outcome: "absent", detail: String(status), transient: false };
}

/** `URL → outcome`, one per line, for a message that lists everything that was tried. */
export function describeTrace(trace: readonly Probe[]): string {
  return trace.map(({ url, detail }) => `  ${url} → ${detail}`).join("\n");
}
