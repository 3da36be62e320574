import { findMcpassError, McpassError } from "../base/errors.ts";
import { plainText, showUrl } from "../base/redact.ts";
import type { BearerChallenge } from "../oauth/challenge.ts";
import { discoverIssuer } from "../oauth/discover-issuer.ts";
import type { Discovery } from "../oauth/discovery.ts";
import { sameIssuer } from "../oauth/issuer.ts";
import type { Probe } from "../oauth/probe.ts";
import { type AccessContext, redirectUriOf, settingsOf } from "./access-context.ts";
import { applyProfile } from "./applied-profile.ts";
import { discoverFor, judge } from "./assess.ts";
import { examineCertificates, type ExaminedPlace } from "./examine-certificates.ts";
import { examineClient } from "./examine-client.ts";
import { type Finding, finding } from "./finding.ts";
import { headerRefused } from "./refusals.ts";
import { hasOwnCredential } from "./static-credential.ts";

export interface SignInQuestion {
  readonly challenge: BearerChallenge | undefined;
  /** The server answered 401. */
  readonly refused: boolean;
  /** How long a look at a certificate may take from now on; 3 s unless given. */
  readonly patienceMs?: (() => number) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How one would sign in, found out without signing in: plain data. */
export interface SignInExamination {
  readonly findings: readonly Finding[];
  /** What every other command would say: `sign_in_required`, `registration_unavailable`, `issuer_changed`, or why finding out failed. */
  readonly error: McpassError;
  readonly issuer: string | undefined;
  /** The resource metadata names an authorization server: calls may be closed although the list is open. X01 */
  readonly named: boolean;
  readonly redirectUri: string;
  readonly howTo: string | undefined;
}

/** Reads all the metadata there is, every listed authorization server too. Registers nothing, stores nothing, and throws nothing but `cancelled`. */
export async function examineSignIn(context: AccessContext, { challenge, refused, patienceMs, signal }: SignInQuestion): Promise<SignInExamination> {
  const trace: Probe[] = [];
  const outcome = await discoverFor(context, challenge, { guessEndpoints: false, trace, signal }).catch(asError);
  const discovery = outcome instanceof McpassError ? undefined : outcome;
  const error = outcome instanceof McpassError ? outcome : await judge(context, outcome, undefined).catch(asError);
  if (error.code === "cancelled" && signal?.aborted === true) throw error;
  const client = discovery === undefined ? undefined : await examineClient(context, discovery, challenge).catch((thrown: unknown) => ({ findings: [failed(asError(thrown))], error: asError(thrown) }));
  const certificates = await examineCertificates({ runtime: context.runtime, guard: context.outgoing.guard, timeoutMs: patienceMs?.() ?? 3_000, signal }, placesOf(context, trace, discovery));
  const findings = [
    ...overridden(context),
    ...certificates.findings,
    ...trace.map((probe) => ofProbe(probe, trace, discovery !== undefined)),
    ...(discovery === undefined ? [] : await examineServers(context, discovery, signal)),
    ...(client === undefined ? [failed(error)] : client.findings),
  ];
  const withoutOAuth = context.entry.oauth === false || hasOwnCredential(context.entry);
  const applied = discovery === undefined ? undefined : applyProfile(context, discovery.server);
  return {
    findings,
    error: refused && withoutOAuth ? headerRefused(context) : (client?.error ?? (error.code === "sign_in_required" ? certificates.error : undefined) ?? error),
    issuer: discovery?.server.issuer,
    named: discovery === undefined ? error.code === "issuer_mismatch" || error.details["fault"] === "issuer" : (discovery.resource?.authorizationServers.length ?? 0) > 0,
    redirectUri: redirectUriOf(applied?.settings ?? settingsOf(context), context),
    howTo: applied?.profile?.clientHowTo,
  };
}

/** All that is spoken to beside the server's own host, which is known by then. */
function placesOf({ entry }: AccessContext, trace: readonly Probe[], discovery: Discovery | undefined): readonly ExaminedPlace[] {
  const { tokenEndpoint, registrationEndpoint } = discovery?.server ?? {};
  const configured = typeof entry.oauth === "object" && entry.oauth.clientId !== undefined;
  const endpoints = [{ leg: "token" as const, url: tokenEndpoint }, { leg: "registration" as const, url: configured ? undefined : registrationEndpoint }];
  const places = [...trace, ...endpoints].flatMap(({ leg, url }) => (url === undefined ? [] : [{ leg, url }]));
  return places.filter(({ url }) => URL.canParse(url) && new URL(url).origin !== new URL(entry.url).origin);
}

function asError(thrown: unknown): McpassError {
  return findMcpassError(thrown) ?? new McpassError("internal", "Finding out how to sign in failed.", { cause: thrown });
}

/** D12 */
function overridden(context: AccessContext): readonly Finding[] {
  const settings = settingsOf(context);
  const names = (["issuer", "authServerMetadataUrl", "authorizationEndpoint", "tokenEndpoint", "registrationEndpoint", "resource", "allowSchemeUpgrade", "profile"] as const).filter((name) => settings[name] !== undefined);
  return names.length === 0 ? [] : [finding("configuration", "note", `overridden: ${names.map((name) => `oauth.${name}`).join(", ")}`)];
}

/** An empty place is nothing to mind where another one has the document. */
function ofProbe(probe: Probe, trace: readonly Probe[], found: boolean): Finding {
  const leg = probe.leg === "resource metadata" ? "resource metadata" : "issuer metadata";
  const better = trace.some((other) => other.leg === probe.leg && other.outcome === "document");
  const mark = probe.outcome === "document" ? "good" : probe.outcome === "absent" ? (better || found ? "note" : "warning") : found ? "warning" : "bad";
  const status = /^\d{3}/.exec(probe.detail)?.[0];
  const said = probe.outcome === "document" ? "a document" : /^\d{3}$/.test(probe.detail) ? outcomeWords[probe.outcome] : probe.detail;
  return finding(leg, mark, said, { url: probe.url, ...(status === undefined ? {} : { status: Number(status) }) });
}

const outcomeWords: Readonly<Record<Probe["outcome"], string>> = {
  document: "a document",
  absent: "nothing there",
  blocked: "not shown to us",
  broken: "no document",
  unreachable: "no answer",
  refused: "not asked",
  foreign: "for another issuer",
};

function failed(error: McpassError): Finding {
  const leg = error.code === "forbidden_by_policy" ? "policy" : error.code === "resource_mismatch" ? "resource metadata" : error.code === "issuer_mismatch" ? "issuer metadata" : "authorization server";
  return finding(leg, "bad", (error.message.split("\n")[0] ?? "").trim());
}

/** The one that would be used, and what each of the others says of itself. */
async function examineServers(context: AccessContext, { resource, server }: Discovery, signal: AbortSignal | undefined): Promise<readonly Finding[]> {
  const hosts = [...new Set([server.authorizationEndpoint, server.tokenEndpoint].flatMap((url) => (url === undefined ? [] : [new URL(url).host])))].filter((host) => host !== new URL(server.issuer).host);
  const elsewhere = hosts.length === 0 ? "" : `, with endpoints at ${hosts.join(", ")}`;
  const legacy = server.source === "metadata" ? "" : ` (${sourceWords[server.source]})`;
  const chosen = finding("authorization server", legacy === "" ? "good" : "note", `${showUrl(server.issuer)}${elsewhere}${legacy}`);
  const others = (resource?.authorizationServers ?? []).filter((listed) => !sameIssuer(listed, server.issuer) && !server.issuer.includes("{tenantid}"));
  const rest = others.length <= mostOthers ? [] : [finding("authorization server", "warning", `${others.length - mostOthers} more are listed and were not looked at`)];
  return [chosen, ...(await Promise.all(others.slice(0, mostOthers).map((listed) => examineOther(context, listed, signal)))), ...rest];
}

/** Of the listed ones beside the one that would be used. */
const mostOthers = 5;

const sourceWords = {
  configured: "as configured; no metadata was asked for",
  "legacy metadata": "the server's own host, as before 2025-06-18: it publishes no resource metadata",
  "legacy defaults": "the server's own host with the default endpoints of 2025-03-26",
} as const;

async function examineOther(context: AccessContext, listed: string, signal: AbortSignal | undefined): Promise<Finding> {
  const shown = showUrl(listed);
  if (!URL.canParse(listed)) return finding("authorization server", "warning", `${shown} is listed too, and is not a URL`);
  const found = await discoverIssuer(context.outgoing, { identifier: listed, expectedIssuer: listed, headers: settingsOf(context).headers, source: "metadata", signal });
  if (found.server !== undefined) return finding("authorization server", "good", `${shown} is listed too, and has metadata`);
  const why = found.foreignIssuer === undefined ? (found.trace.at(-1)?.detail ?? "no answer") : `its metadata is for ${plainText(found.foreignIssuer, 200)}`;
  return finding("authorization server", "warning", `${shown} is listed too, and cannot be used: ${why}`);
}
