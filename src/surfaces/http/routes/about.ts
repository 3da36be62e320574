import { product } from "../../../base/product.ts";
import { health, openDocument } from "../answer-schemas.ts";
import type { Api } from "../api.ts";
import { jsonRoute, type Route } from "../route.ts";

export function aboutRoutes({ processId }: Api, document: () => Readonly<Record<string, unknown>>): readonly Route[] {
  return [
    jsonRoute({
      method: "get",
      path: "/health",
      operationId: "health",
      summary: "Get health",
      isPublic: true,
      refusals: [],
      answer: { description: "It is there", schema: health },
      handle: async ({ isTrusted }) => ({ name: "mcpass" as const, version: product.version, ok: true as const, ...(isTrusted ? { processId } : {}) }),
    }),
    jsonRoute({ method: "get", path: "/doc", operationId: "doc", summary: "Get this document", refusals: [], answer: { description: "OpenAPI 3.1", schema: openDocument }, handle: async () => document() }),
  ];
}
