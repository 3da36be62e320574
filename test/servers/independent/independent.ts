import { pathToFileURL } from "node:url";
import type { TokenVerdict } from "../authorization-server.ts";
import type { Asked, Listening, Reply } from "../listener.ts";
import type { ResourceServer } from "../resource-server.ts";
import { pathOfModule } from "./install.mjs";

/** An authorization server written by others, really run. */
export interface IndependentServer extends Listening {
  readonly issuer: string;
  /** For a resource server; see `trust`. */
  validate(token: string): Promise<TokenVerdict>;
}

export interface IndependentOptions {
  /** The name in the ledger; "issuer" unless given. */
  readonly party?: string;
  /** The resource servers' URLs: these servers want to know them from the start. */
  readonly resources: readonly string[];
  /** mcp:read and mcp:write, unless given. */
  readonly scopes?: readonly string[];
  readonly accessTokenSeconds?: number;
}

export const independentScopes = ["mcp:read", "mcp:write"];

/** The resource server was there first: from now on it wants this issuer's tokens, and its metadata says so. */
export function trust(server: ResourceServer, issuer: Pick<IndependentServer, "issuer" | "validate">): void {
  Object.assign(server.toggles, { guard: "bearer", validate: issuer.validate, authorizationServers: [issuer.issuer] });
}

/** The parts of a package that the tests use, by a type of their own: these packages are not there when types are checked. */
export async function load<T>(specifier: string): Promise<T> {
  return (await import(pathToFileURL(pathOfModule(specifier)).href)) as T;
}

/** The request as the web's own `Request`, at the address it was sent to. */
export function requestOf({ method, path, rawQuery, headers, body }: Asked, origin: string): Request {
  const url = `${origin}${path}${rawQuery === "" ? "" : `?${rawQuery}`}`;
  const { connection: _connection, "content-length": _length, ...rest } = headers;
  return new Request(url, { method, headers: rest, ...(body === "" ? {} : { body }) });
}

/** A web `Response`, with each of its cookies. */
export async function replyOf(response: Pick<Response, "status" | "headers" | "text">): Promise<Reply> {
  const body = await response.text();
  const { status, headers } = response;
  return {
    status,
    take(outgoing) {
      for (const [name, value] of headers) if (!["set-cookie", "content-length", "transfer-encoding", "content-encoding"].includes(name)) outgoing.setHeader(name, value);
      const cookies = headers.getSetCookie();
      if (cookies.length > 0) outgoing.setHeader("set-cookie", cookies);
      outgoing.writeHead(status).end(body);
    },
  };
}
