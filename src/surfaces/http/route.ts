import type { IncomingMessage, ServerResponse } from "node:http";

import type { Schema } from "../../config/schema.ts";

/** One operation: it is mounted by `application.ts` and described by `open-api.ts`, both from what stands here. */
export interface Route {
  readonly method: "get" | "post" | "delete";
  /** As OpenAPI writes it: `/mcp/{name}/auth`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string | undefined;
  readonly query?: Readonly<Record<string, string>> | undefined;
  /** Absent: the operation takes none, and one that is sent is not read. */
  readonly body?: RouteBody | undefined;
  /** What comes with a 200. Absent: `respond` gives something that is not JSON. */
  readonly answer?: { readonly description: string; readonly schema: Schema<unknown> } | undefined;
  readonly otherAnswers?: Readonly<Record<number, { readonly description: string; readonly contentType: string }>> | undefined;
  /** Beside those of the guard. */
  readonly refusals: readonly number[];
  /** For what has to be done first (409 elsewhere): OpenCode's clients expect 400 of a sign-in. */
  readonly conflictIs?: 400 | undefined;
  /** Without a credential. */
  readonly isPublic?: boolean | undefined;
  handle(asked: Asked): Promise<Reply>;
}

export interface RouteBody {
  readonly schema: Schema<unknown>;
  readonly required: boolean;
  readonly limit: number;
}

/** What was asked, read and checked. */
export interface Asked<Body = unknown> {
  /** Parameters of the path, decoded; "" where it has none of that name. */
  readonly name: string;
  readonly tool: string;
  readonly prompt: string;
  readonly id: string;
  readonly file: string;
  readonly query: URLSearchParams;
  readonly body: Body;
  /** Aborts when the caller is gone. */
  readonly signal: AbortSignal;
  /** It carries a credential; else only public operations are reached. */
  readonly isTrusted: boolean;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

export type Reply =
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "page"; readonly html: string; readonly policy: string; readonly status?: number }
  | { readonly kind: "file"; readonly content: Uint8Array; readonly type: string; readonly policy: string }
  | { readonly kind: "redirect"; readonly to: string; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: "cookie"; readonly value: unknown; readonly headers: Readonly<Record<string, string>> }
  /** The route writes to `outgoing` itself. */
  | { readonly kind: "sent" };

interface JsonRoute<Body, Answer> extends Omit<Route, "handle" | "body" | "answer"> {
  readonly body?: { readonly schema: Schema<Body>; readonly required?: boolean; readonly limit?: number };
  readonly answer: { readonly description: string; readonly schema: Schema<Answer> };
  handle(asked: Asked<Body>): Promise<Answer>;
}

/** Of operations that ask a server for something. */
export const serverRefusals: readonly number[] = [400, 403, 404, 409, 422, 502, 503, 504];

/** Bytes. */
const usualLimit = 256 * 1024;
/** Bytes: an argument of a call may be a document. */
export const callLimit = 8 * 1024 * 1024;

/** A route that answers with JSON of the schema it shows. */
export function jsonRoute<Answer, Body = undefined>({ body, handle, ...route }: JsonRoute<Body, Answer>): Route {
  return {
    ...route,
    ...(body === undefined ? {} : { body: { schema: body.schema, required: body.required ?? true, limit: body.limit ?? usualLimit } }),
    handle: async (asked) => ({ kind: "json", value: await handle(asked as Asked<Body>) }),
  };
}
