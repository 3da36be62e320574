import type { ServerResponse } from "node:http";
import { html, json, redirect, text, type Reply } from "./listener.ts";

/** How a place where a document could be answers. */
export type AnswerKind =
  | "document"
  | "absent" // 404 text/plain
  | "html" // 200 text/html
  | "unauthorized" // 401
  | "forbidden" // 403
  | "busy" // 429, Retry-After: 1
  | "failing" // 500
  | "empty" // 200 {}
  | "array" // 200 []
  | "broken-json" // 200 application/json that does not parse
  | "wrong-type" // the document, as text/plain
  | "huge" // 200 application/json, 60 MB
  | "reset" // the connection is cut
  | "hang" // never answers
  | { readonly redirect: string; readonly status?: number }
  | { readonly slowMs: number }
  | { readonly reply: Reply };

/** One value, or a script: each use takes the next, the last one stays. */
export type Scripted<T> = T | T[];

export function next<T>(script: Scripted<T>): T {
  if (!Array.isArray(script)) return script;
  const value = script.length > 1 ? script.shift() : script[0];
  if (value === undefined) throw new Error("an empty script");
  return value;
}

export function answer(kind: AnswerKind, document: object): Reply {
  if (typeof kind !== "string") {
    if ("redirect" in kind) return redirect(kind.redirect, kind.status);
    if ("slowMs" in kind) return { ...json(200, document), delayMs: kind.slowMs };
    return kind.reply;
  }
  return plainAnswers[kind](document);
}

const plainAnswers: Record<Extract<AnswerKind, string>, (document: object) => Reply> = {
  document: (document) => json(200, document),
  absent: () => text(404, "404 page not found"),
  html: () => html(200, "<div id=app></div>"),
  unauthorized: () => text(401, "Unauthorized"),
  forbidden: () => text(403, "Forbidden"),
  busy: () => text(429, "Too Many Requests", { "retry-after": "1" }),
  failing: () => text(500, "Internal Server Error"),
  empty: () => json(200, {}),
  array: () => json(200, []),
  "broken-json": () => ({ status: 200, headers: { "content-type": "application/json" }, body: '{"issuer": ' }),
  "wrong-type": (document) => text(200, JSON.stringify(document)),
  huge: () => ({ status: 200, headers: { "content-type": "application/json" }, stream: streamHuge }),
  reset: () => ({ status: 0, cut: true }),
  hang: () => ({ status: 0, hang: true }),
};

/** 60 MB of one JSON string, as fast as the reader takes it; stops when the reader leaves. */
async function streamHuge(response: ServerResponse): Promise<void> {
  const chunk = "x".repeat(64 * 1024);
  response.write('{"issuer":"');
  for (let sent = 0; sent < 960 && !response.destroyed; sent += 1) {
    if (!response.write(chunk)) await drained(response);
  }
  if (!response.destroyed) response.end('"}');
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.once("drain", done).once("close", done);
  });
}
