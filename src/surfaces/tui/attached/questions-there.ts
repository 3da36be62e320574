import { asSchema } from "../../../base/form-schema.ts";
import type { Ask } from "../screen-types.ts";
import type { ServeApi } from "./serve-api.ts";

/** What servers over there ask, put to the person here; what is answered elsewhere, or over, is taken away. */
export interface QuestionsThere {
  /** Asks which wait, and puts those that are new. */
  look(): Promise<void>;
  end(): void;
}

export function createQuestionsThere(api: ServeApi, ask: Ask): QuestionsThere {
  const asked = new Map<string, AbortController>();
  const put = async (id: string, server: string, request: unknown): Promise<void> => {
    const over = new AbortController();
    asked.set(id, over);
    const answer = await ask(server, request, over.signal);
    if (!over.signal.aborted) await api.ask("POST", ["elicitation", id], { body: answer as object }).catch(() => undefined);
    asked.delete(id);
  };
  return {
    look: async () => {
      const { elicitations } = asSchema(await api.ask("GET", ["elicitation"]));
      const waiting = (Array.isArray(elicitations) ? elicitations : []).map(asSchema);
      for (const { id, server, request } of waiting) if (typeof id === "string" && !asked.has(id)) void put(id, String(server), request);
      for (const [id, over] of asked) if (!waiting.some((each) => each["id"] === id)) over.abort();
    },
    end: () => {
      for (const over of asked.values()) over.abort();
    },
  };
}
