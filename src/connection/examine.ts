import { findMcpassError, McpassError } from "../base/errors.ts";
import { type Exchange, recordExchanges } from "../base/record-exchanges.ts";
import { showUrl } from "../base/redact.ts";
import type { CredentialCommand, RemoteEntry } from "../config/server-entry.ts";
import { openAccess } from "../access/access.ts";
import { type Finding, finding } from "../access/finding.ts";
import { runtimeFor } from "../access/entry-runtime.ts";
import { entrySecrets, grantSecrets } from "../access/known-secrets.ts";
import { createOwnHeaders } from "../access/own-headers.ts";
import { hasOwnCredential } from "../access/static-credential.ts";
import { readBearerChallenge } from "../oauth/challenge.ts";
import { canonicalServerUrl } from "../oauth/resource.ts";
import type { ExamineOptions, Examination } from "./examination.ts";
import { orCancelled } from "./deadline.ts";
import { examineLocal } from "./examine-local.ts";
import { readStored, tryStored } from "./examine-grant.ts";
import { examineRequests, type RequestsExamination, type RequestsQuestion } from "./examine-requests.ts";
import { remedyFor } from "./remedy.ts";
import type { ServerState, Shared } from "./server-state.ts";
import { faultOf, judgeServer, type Verdict } from "./verdict.ts";

/** The whole takes less than ten seconds: no request waits longer than this, and all together no longer than that. */
const requestMs = 3_000;
const wholeMs = 6_500;
/** A program that makes headers leaves that much for the requests. */
const commandMs = 5_000;

/** Looks at every leg of a sign-in and call. Signs in to nothing, registers nothing, writes nothing. Throws only `cancelled`. */
export async function examine(shared: Shared, state: ServerState, { account, signal, onFindings }: ExamineOptions): Promise<Examination> {
  const { configured } = state;
  const at = shared.runtime.now();
  if (configured.entry?.type === "remote") return examineRemote(shared, state, configured.entry, { at, account: account ?? configured.entry.account ?? shared.account ?? "default", signal, onFindings });
  const base = { server: configured.name, url: undefined, account: undefined, at, grants: [], exchanges: [] };
  const end = (findings: readonly Finding[], verdict: Verdict): Examination => ({ ...base, findings, verdict, remedy: remedyFor(verdict, undefined, configured.name), durationMs: shared.runtime.now() - at });
  if (configured.error !== undefined) {
    const fault = faultOf(configured.error) === "policy" ? "policy" : "configuration";
    return end([finding(fault, "bad", configured.error.message)], { kind: "broken", fault, error: configured.error });
  }
  const { findings, verdict } = await examineLocal(shared, state, { signal, onFindings });
  return end(findings, verdict);
}

interface Visit {
  readonly at: number;
  readonly account: string;
  readonly signal: AbortSignal | undefined;
  readonly onFindings: ExamineOptions["onFindings"];
}

/** Passes a result on once its findings are told. */
function teller(onFindings: ExamineOptions["onFindings"]): <T>(result: T, findings: (result: T) => readonly Finding[]) => T {
  const found: Finding[] = [];
  return (result, findings) => {
    found.push(...findings(result));
    onFindings?.([...found]);
    return result;
  };
}

async function examineRemote(shared: Shared, state: ServerState, configured: RemoteEntry, { at, account, signal: cancel, onFindings }: Visit): Promise<Examination> {
  const { name } = state.configured;
  const entry = hurried(configured);
  const stored = await readStored(shared, entry, account);
  const own = createOwnHeaders({ entry, runtime: shared.runtime, name });
  const recording = recordExchanges(shared.runtime.fetch, { now: shared.runtime.now, secrets: () => [...entrySecrets(entry), ...grantSecrets(stored.own), ...access.ownSecrets()] });
  const runtime = runtimeFor({ ...shared.runtime, fetch: recording.fetch }, entry);
  const patienceMs = (): number => Math.max(0, Math.min(requestMs, at + wholeMs - shared.runtime.now()));
  const access = openAccess({ ...shared, runtime, name, entry, account, patienceMs, headers: own });
  // Before anything is sent: what is kept of an answer is kept without them.
  const examiningSecrets = access.examineSecrets();
  const made = await orCancelled(own.current(), cancel).then((headers) => ({ headers, error: undefined }), (thrown: unknown) => ({ headers: {}, error: findMcpassError(thrown) ?? new McpassError("internal", `The headers for ${name} could not be made.`, { cause: thrown }) }));
  const secrets = await orCancelled(examiningSecrets, cancel);
  const signal = cancel ?? new AbortController().signal;
  const question: RequestsQuestion = { runtime, entry, headers: made.headers, place: state.place(), patienceMs, signal, farewell: shared.farewell };
  const tell = teller(onFindings);
  const [reach, requests, tried] = await Promise.all([
    examineReach(shared, entry).then((reach) => tell(reach, (each) => [each])),
    examineRequests(question).then((requests) => tell(requests, ({ findings }) => findings)),
    tryStored(question, shared, stored.own).then((tried) => tell(tried, (each) => (each === undefined ? [] : [each.finding]))),
  ]);
  if (signal.aborted) throw new McpassError("cancelled", "Cancelled.");
  const asks = made.error === undefined && (requests.error === undefined || requests.error.details["status"] === 403);
  const signIn = asks ? await access.examine({ challenge: readBearerChallenge(requests.challenge), refused: requests.refused, patienceMs, signal }).then((signIn) => tell(signIn, ({ findings }) => findings)) : undefined;
  const { closedCalls } = await shared.memory.read(canonicalServerUrl(entry.url));
  const verdict = judgeServer({ unmade: made.error ?? (requests.refused ? secrets.error : undefined), requests, signIn, hasCredential: hasOwnCredential(entry), closedCalls: closedCalls !== undefined, token: tried?.answer });
  const disabled = state.configured.enabled ? [] : [finding("configuration", "note", "disabled in the configuration; examined all the same")];
  const policies = shared.policy.files.map((file) => finding("policy", "note", `${file} holds here`));
  const unmade = made.error === undefined ? [] : [finding("configuration", "bad", made.error.message)];
  const about = verdict.kind === "open" || requests.error !== undefined ? (signIn?.findings ?? []).filter(({ url }) => url !== undefined).map((each) => ({ ...each, mark: "note" as const })) : (signIn?.findings ?? []);
  return {
    server: name,
    url: showUrl(entry.url),
    account,
    at,
    durationMs: shared.runtime.now() - at,
    findings: timed([...disabled, ...policies, ...unmade, answered(reach, requests), ...requests.findings, ...about, ...secrets.findings, ...stored.findings, ...(tried === undefined ? [] : [tried.finding])], recording.exchanges),
    grants: stored.grants,
    verdict,
    remedy: remedyFor(verdict, signIn, name),
    exchanges: recording.exchanges,
  };
}

function hurried(entry: RemoteEntry): RemoteEntry {
  const { headersCommand, oauth } = entry;
  const quick = (command: CredentialCommand): CredentialCommand => ({ ...command, timeoutMs: Math.min(command.timeoutMs, commandMs) });
  const commands = Object.entries(typeof oauth === "object" ? oauth : {}).flatMap(([key, value]) => (key.endsWith("Command") && value !== undefined ? [[key, quick(value as CredentialCommand)]] : []));
  return { ...entry, ...(headersCommand === undefined ? {} : { headersCommand: quick(headersCommand) }), ...(typeof oauth === "object" ? { oauth: { ...oauth, ...(Object.fromEntries(commands) as object) } } : {}) };
}

/** A name that resolves is not yet a server that is there. */
function answered(reach: Finding, { error }: RequestsExamination): Finding {
  const code = (error?.cause as { readonly code?: unknown } | undefined)?.code;
  const silent = error?.code === "timed_out" ? "and no answer came in time" : /^E(CONNREFUSED|HOSTUNREACH|HOSTDOWN|NETUNREACH|NETDOWN|TIMEDOUT|ADDRNOTAVAIL)$/.test(String(code)) ? "and no connection came about" : undefined;
  return reach.mark !== "good" || silent === undefined ? reach : { ...reach, mark: "bad", said: `${reach.said}, ${silent}` };
}

/** Metadata findings get the time of the exchange they come from. */
function timed(findings: readonly Finding[], exchanges: readonly Exchange[]): readonly Finding[] {
  return findings.map((each) => {
    if (each.url === undefined || each.durationMs !== undefined) return each;
    const exchange = exchanges.find(({ url, method }) => method === "GET" && url === each.url);
    return exchange?.durationMs === undefined ? each : { ...each, durationMs: exchange.durationMs };
  });
}

/** A variable that holds no usable proxy is told by the requests. */
async function behindProxy({ throughProxy }: Shared["runtime"], url: string): Promise<boolean> {
  return (await throughProxy?.(url).catch(() => false)) === true;
}

async function examineReach({ runtime }: Shared, entry: RemoteEntry): Promise<Finding> {
  const { hostname, host } = new URL(entry.url);
  // It resolves the name, which may be known to it alone. E01
  if (await behindProxy(runtime, entry.url)) return finding("reach", "good", `${host}, through the proxy that the environment names`);
  const startedAt = runtime.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"late">((resolve) => (timer = setTimeout(() => resolve("late"), requestMs)));
  try {
    const found = await Promise.race([runtime.lookup(hostname.replace(/^\[|\]$/g, "")), late]);
    const durationMs = runtime.now() - startedAt;
    if (found === "late") return finding("reach", "bad", `the name ${hostname} did not resolve in time`, { durationMs });
    return finding("reach", "good", `${host} is ${found.slice(0, 4).join(", ")}${found.length > 4 ? " …" : ""}`, { durationMs });
  } catch {
    return finding("reach", "bad", `the name ${hostname} does not resolve`, { durationMs: runtime.now() - startedAt });
  } finally {
    clearTimeout(timer);
  }
}
