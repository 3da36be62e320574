import { verdictWords } from "../../../connection/verdict-words.ts";
import type { Examination } from "../../../connection/manager.ts";
import { examination } from "../answer-schemas.ts";
import type { Api } from "../api.ts";
import { errorBody } from "../error-answers.ts";
import { jsonRoute, type Route } from "../route.ts";

export function doctorRoute({ manager }: Api): Route {
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
