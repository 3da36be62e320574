import { verdictWords } from "../../../connection/verdict-words.ts";
import type { Examination } from "../../../connection/manager.ts";
import { examination } from "../answer-schemas.ts";
import { streamAnswer } from "../answer-stream.ts";
import type { Api } from "../api.ts";
import { errorBody } from "../error-answers.ts";
import { jsonRoute, type Route } from "../route.ts";

export function doctorRoutes(api: Api): readonly Route[] {
  return [wholeRoute(api), legByLegRoute(api)];
}

function wholeRoute({ manager }: Api): Route {
  return jsonRoute({
    method: "get",
    path: "/mcp/{name}/doctor",
    operationId: "mcp.doctor",
    summary: "Explain a server",
    description: "Every step of reaching it and signing in, without signing in; some seconds.",
    query: { account: "Of this account; default: the one that is used.", trace: "`true`: also every request and answer, without secrets." },
    refusals: [400, 404],
    answer: { description: "What was found out", schema: examination },
    handle: async ({ name, query, signal }) => toJson(await manager.examine(name, { account: query.get("account") ?? undefined, signal }), query.get("trace") === "true"),
  });
}

function legByLegRoute({ manager, onInternal }: Api): Route {
  return {
    method: "get",
    path: "/mcp/{name}/doctor/events",
    operationId: "mcp.doctor.events",
    summary: "Explain a server, leg by leg",
    description: "The same as server-sent events `{type, properties}`: `findings {findings}` with all that is known so far, whenever more is, then `examination`, or `error {error, code, hint}`, which is the last.",
    query: { account: "Of this account; default: the one that is used." },
    refusals: [404],
    otherAnswers: { 200: { description: "Event stream", contentType: "text/event-stream" } },
    handle: async ({ name, query, outgoing }) => {
      manager.snapshot(name);
      return streamAnswer({ outgoing, name, onInternal }, async ({ signal, tell }) => ({
        type: "examination",
        properties: { ...toJson(await manager.examine(name, { account: query.get("account") ?? undefined, signal, onFindings: (findings) => tell("findings", { findings }) }), false) },
      }));
    },
  };
}

function toJson({ exchanges, verdict, findings, grants, ...rest }: Examination, withExchanges: boolean) {
  const { kind, fault, error } = verdict;
  return {
    ...rest,
    url: rest.url ?? null,
    account: rest.account ?? null,
    findings: findings.map((finding) => ({ ...finding })),
    grants: grants.map(({ error: trouble, ...grant }) => ({ ...grant, error: trouble === undefined ? null : errorBody(trouble, "") })),
    verdict: { kind, fault: fault ?? null, words: verdictWords(verdict), error: error === undefined ? null : errorBody(error, rest.server) },
    remedy: rest.remedy === undefined ? null : { ...rest.remedy },
    ...(withExchanges ? { exchanges: exchanges.map((exchange) => ({ ...exchange })) } : {}),
  };
}
