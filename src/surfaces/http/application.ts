import { type Context as HonoContext, Hono } from "hono";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { IncomingMessage, ServerResponse } from "node:http";

import { answerTo } from "./error-answers.ts";
import { readBody } from "./read-body.ts";
import { Refusal } from "./refusal.ts";
import type { Asked, Reply, Route } from "./route.ts";
import { headersOf, jsonHeaders } from "./response-headers.ts";

/** What the server gives along with a request. */
export interface Bindings {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

export interface ApplicationOptions {
  readonly routes: readonly Route[];
  /** Whether a request, which the guard has let in, carries a credential. */
  readonly isTrusted: (incoming: IncomingMessage) => boolean;
  /** Hears of what nobody foresaw. */
  readonly onInternal: (thrown: unknown) => void;
}

type Environment = { Bindings: Bindings };
type Context = HonoContext<Environment>;

/** Mounts the table of routes. */
export function createApplication({ routes, isTrusted, onInternal }: ApplicationOptions): Hono<Environment> {
  const application = new Hono<Environment>();
  for (const route of routes) {
    application[route.method](toPattern(route.path), async (context) => {
      const asked = askedOf(context, isTrusted);
      try {
        return respond(await route.handle(route.body === undefined ? asked : { ...asked, body: await readBody(asked.incoming, route.body) }));
      } catch (thrown) {
        return failure(thrown, { name: asked.name, conflictIs: route.conflictIs }, onInternal);
      }
    });
  }
  const methods = methodsByPattern(routes);
  for (const [pattern, allowed] of methods) application.all(pattern, () => failure(new Refusal(405, "method_not_allowed", `Only ${allowed} may be used here.`, { headers: { allow: allowed } }), { name: "" }, onInternal));
  application.notFound(() => failure(new Refusal(404, "not_found", "There is nothing here.", { hint: "GET /doc" }), { name: "" }, onInternal));
  application.onError((thrown) => failure(thrown, { name: "" }, onInternal));
  return application;
}

function askedOf(context: Context, isTrusted: (incoming: IncomingMessage) => boolean): Asked {
  const { incoming, outgoing } = context.env;
  const { url = "" } = incoming;
  return {
    name: context.req.param("name") ?? "",
    tool: context.req.param("tool") ?? "",
    prompt: context.req.param("prompt") ?? "",
    id: context.req.param("id") ?? "",
    file: context.req.param("file") ?? "",
    get query() {
      return new URLSearchParams(url.includes("?") ? url.slice(url.indexOf("?")) : "");
    },
    body: undefined,
    get signal() {
      return context.req.raw.signal;
    },
    get isTrusted() {
      return isTrusted(incoming);
    },
    incoming,
    outgoing,
  };
}

function respond(reply: Reply): Response {
  switch (reply.kind) {
    case "json":
      return new Response(JSON.stringify(reply.value), { status: 200, headers: jsonHeaders });
    case "cookie":
      return new Response(JSON.stringify(reply.value), { status: 200, headers: { ...jsonHeaders, ...reply.headers } });
    case "page":
      return new Response(reply.html, { status: reply.status ?? 200, headers: headersOf("text/html; charset=utf-8", reply.policy) });
    case "file":
      return new Response(Buffer.from(reply.content), { status: 200, headers: headersOf(reply.type, reply.policy) });
    case "redirect":
      return new Response(null, { status: 303, headers: { ...headersOf("text/plain; charset=utf-8"), location: reply.to, ...reply.headers } });
    case "sent":
      return RESPONSE_ALREADY_SENT;
  }
}

function failure(thrown: unknown, about: { readonly name: string; readonly conflictIs?: number | undefined }, onInternal: (thrown: unknown) => void): Response {
  const { status, body, headers = {} } = answerTo(thrown, about, onInternal);
  return new Response(JSON.stringify(body), { status, headers: { ...jsonHeaders, ...headers } });
}

function toPattern(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1");
}

function methodsByPattern(routes: readonly Route[]): ReadonlyMap<string, string> {
  const methods = new Map<string, string[]>();
  for (const { path, method } of routes) methods.set(toPattern(path), [...(methods.get(toPattern(path)) ?? []), method.toUpperCase()]);
  return new Map([...methods].map(([pattern, allowed]) => [pattern, allowed.join(", ")]));
}
