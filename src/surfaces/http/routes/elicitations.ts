import { elicitationAnswer, elicitationList, taken } from "../answer-schemas.ts";
import type { Api } from "../api.ts";
import { Refusal } from "../refusal.ts";
import { jsonRoute, type Route } from "../route.ts";

/** What servers ask the person. */
export function elicitationRoutes({ elicitations }: Api): readonly Route[] {
  return [
    jsonRoute({
      method: "get",
      path: "/elicitation",
      operationId: "elicitation.list",
      summary: "List what servers ask",
      description: "Questions that wait for a person. They wait only while somebody listens to `GET /event?elicitation=true`; else they are cancelled at once, and so they are after ten minutes.",
      refusals: [],
      answer: { description: "The questions, oldest first", schema: elicitationList },
      handle: async () => ({ elicitations: elicitations.list() }),
    }),
    jsonRoute({
      method: "post",
      path: "/elicitation/{id}",
      operationId: "elicitation.answer",
      summary: "Answer a server's question",
      description: "With what the person decided; `content` is what a form asked for.",
      body: { schema: elicitationAnswer },
      refusals: [404],
      answer: { description: "The server is told", schema: taken },
      handle: async ({ id, body }) => {
        if (!elicitations.answer(id, body)) throw new Refusal(404, "not_found", "No question of that id waits: it was answered, or is over.", { hint: "GET /elicitation" });
        return { success: true as const };
      },
    }),
  ];
}
