import { findMcpassError, McpassError } from "../base/errors.ts";
import { plainText } from "../base/redact.ts";
import type { Certificate, Runtime } from "../base/runtime.ts";
import type { AddressGuard } from "../oauth/address-guard.ts";
import type { Leg } from "../oauth/outgoing.ts";
import { type Finding, finding } from "./finding.ts";

export interface CertificateQuestion {
  readonly runtime: Pick<Runtime, "lookAtCertificate" | "now">;
  /** Says which hosts may be spoken to, and at which addresses; absent: the server's own. */
  readonly guard?: AddressGuard | undefined;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Something that is spoken to, and for what. */
export interface ExaminedPlace {
  readonly leg: Leg;
  readonly url: string;
}

const legWords: Readonly<Partial<Record<Leg, string>>> = { server: "the MCP server", "issuer metadata": "issuer metadata", token: "tokens", registration: "registration" };

/**
 * The certificate of every https host among the places, one finding each that names the legs it is for: whose it is, who signed it, how long it is valid, and
 * if it is not trusted why not and what to set. `error`: what the first leg that cannot work would say. By a handshake alone; nothing is sent. E01
 */
export async function examineCertificates(question: CertificateQuestion, places: readonly ExaminedPlace[]): Promise<{ readonly findings: readonly Finding[]; readonly error: McpassError | undefined }> {
  const origins = [...new Set(places.map(({ url }) => new URL(url).origin))].filter((origin) => origin.startsWith("https:"));
  const looked = await Promise.all(origins.map((origin) => examineOne(question, origin, [...new Set(places.filter(({ url }) => new URL(url).origin === origin).map(({ leg }) => leg))])));
  return { findings: looked.flatMap((each) => each?.finding ?? []), error: looked.find((each) => each?.error !== undefined)?.error };
}

async function examineOne({ runtime, guard, timeoutMs, signal }: CertificateQuestion, origin: string, legs: readonly Leg[]): Promise<{ readonly finding: Finding; readonly error: McpassError | undefined } | undefined> {
  const [leg = "server"] = legs;
  const startedAt = runtime.now();
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    const addresses = await guard?.check(origin, leg);
    const report = await runtime.lookAtCertificate?.(origin, { signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]), ...(addresses === undefined ? {} : { addresses }) });
    if (report === undefined) return undefined;
    const { certificate, failure } = report;
    const facts = { url: origin, durationMs: runtime.now() - startedAt };
    const of = `for ${legs.map((each) => legWords[each] ?? each).join(", ")}: `;
    const words = certificate === undefined ? "" : certificateWords(certificate);
    if (failure === undefined) return { finding: finding("tls", "good", `${of}trusted${words === "" ? "" : `; ${words}`}`, facts), error: undefined };
    const said = `${of}${failure.message}${words === "" ? "" : `; ${words}`}${failure.hint === undefined ? "" : `. ${failure.hint}`}`;
    const error = new McpassError("unreachable", `The ${leg} request to ${origin} cannot go well: ${failure.message}.`, { hint: failure.hint, details: { leg, url: origin, ...(certificate === undefined ? {} : { certificate }) } });
    return { finding: finding("tls", "bad", said, facts), error };
  } catch (thrown) {
    if (findMcpassError(thrown)?.code === "cancelled" || signal?.aborted === true) throw new McpassError("cancelled", "Cancelled.", { cause: thrown });
    // A host that cannot be reached, or may not, says so at its own leg.
    return undefined;
  }
}

/** `"mcp.example" by "Example Root", 2026-01-01 to 2027-01-01`. */
function certificateWords({ subject, issuer, names, validFrom, validTo }: Certificate): string {
  const day = (text: string | undefined): string => (text === undefined || Number.isNaN(Date.parse(text)) ? "?" : new Date(text).toISOString().slice(0, 10));
  const quoted = (text: string | undefined): string => (text === undefined ? "nobody named" : `"${plainText(text, 100)}"`);
  return `it shows ${quoted(subject)}${names === undefined ? "" : ` (${plainText(names, 120)})`}, issued by ${issuer === subject ? "itself" : quoted(issuer)}, valid ${day(validFrom)} to ${day(validTo)}`;
}
