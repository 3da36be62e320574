import type { AnswerKind, Scripted } from "../answers.ts";
import type { NonceRule } from "../dpop.ts";
import type { TokenFacts, TokenVerdict } from "../authorization-server.ts";
import type { Asked, Reply } from "../listener.ts";
import type { RpcMessage } from "./protocol.ts";

export interface ServedTool {
  readonly name: string;
  readonly description?: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
  /** The result's text, or a whole CallToolResult. Absent: "ok". */
  readonly run?: (args: Readonly<Record<string, unknown>>, who: TokenFacts | undefined) => unknown;
}

/** Everything may be changed while the server runs; the next request sees it. */
export interface ResourceServerToggles {
  /** Where the MCP endpoint is. */
  path: string;
  /** legacy: 2025-11-25 and before; modern: 2026-07-28; both: by request; sse: HTTP+SSE of 2024-11-05 at `path`. */
  wire: "legacy" | "modern" | "both" | "sse";
  legacyVersions: string[];
  sessions: boolean;
  /** A session answers 404 after that many requests. */
  requestsPerSession: number | undefined;
  responseMode: "json" | "sse";
  getAnswer: "405" | "401" | "sse";
  /** What wire "sse" answers to a POST at its stream's path. */
  ssePostStatus: 400 | 404 | 405;

  capabilities: ("tools" | "prompts" | "resources")[];
  tools: ServedTool[];
  pageSize: number | undefined;
  serverName: string;
  instructions: string | undefined;

  /** closed-calls: initialize and lists are open, tools/call wants a token. */
  guard: "open" | "bearer" | "api-key" | "static-bearer" | "closed-calls";
  validate: (token: string) => TokenVerdict | Promise<TokenVerdict>;
  /** The bearer that `static-bearer` accepts. */
  staticBearer: string;
  apiKey: { name: string; value: string };
  /** Tokens must have this audience, which they have when `audience` was asked for at the authorization or token leg. */
  audience: string | undefined;
  /** Tokens must have been asked for this server's `resource`. */
  checksResource: boolean;
  /** False: every token is refused, however good. */
  acceptsTokens: boolean;
  /** False: tokens of clients that are named by a document's URL are refused (R07). */
  acceptsDocumentClients: boolean;
  /** RFC 9449 §7. accepted: bound tokens need the DPoP scheme and a proof, others may be bearers; required: only bound tokens. */
  dpop: "off" | "accepted" | "required";
  dpopNonce: NonceRule;
  challenge:
    | "full" // Bearer resource_metadata="…"[, scope="…"]
    | "no-metadata" // Bearer realm="mcp"
    | "bare" // no header
    | "negotiate"
    | "basic-and-bearer" // Basic realm="x", Bearer resource_metadata="…"
    | "invalid-token" // Bearer error="invalid_token"
    | { readonly raw: string };
  challengeScope: string | undefined;
  /** The answer to a token that is expired or unknown. A request without any token is always challenged with 401. */
  refusedToken: 401 | 400 | 403 | 500 | "login-redirect" | "tool-error" | "anonymous";
  /** Scope a tool needs ("*": every request); without it 403 insufficient_scope naming only what is missing. */
  toolScopes: Record<string, string>;
  /** The 403 comes whatever the token's scopes are. */
  neverSatisfied: boolean;
  /** The 401 of tools/call names a resource_metadata URL of its own for each tool. */
  perToolMetadata: boolean;

  /** Without this header everything answers `status` (404 unless given). */
  requiredHeader: { name: string; value: string; status?: number } | undefined;
  redirect: { from: string; to: string; status: 307 | 308 | 301 | 302 } | undefined;
  /** The MCP endpoint's answers wait that long. */
  delayMs: number;
  /** Accepts requests and never answers. */
  hang: boolean;
  /** Answers what the guard has let in and a session has in its own way: a request, or a GET (no message). undefined: as usual. */
  takes: ((message: RpcMessage | undefined, asked: Asked) => Reply | undefined) | undefined;
  /** Answers every request to the MCP endpoint with this instead. */
  endpointAnswer: Scripted<AnswerKind> | undefined;

  /** Where resource metadata is: "inserted", "root", or a path of its own, and how each place answers. */
  metadata: Record<string, Scripted<AnswerKind>>;
  /** The place the challenge names: "inserted", "root", a path, or a whole URL. */
  challengeMetadata: string;
  /** The document's `resource`: same = the endpoint's URL; "/x" = a path on this origin; else verbatim; undefined leaves it out. */
  resource: "same" | "origin" | "origin-slash" | (string & {}) | undefined;
  authorizationServers: string[] | undefined;
  scopesSupported: string[] | undefined;
  /** Merged over the document. */
  metadataFields: Record<string, unknown>;
  /** What `/.well-known/oauth-authorization-server*` and `*openid-configuration*` answer on this host. */
  authorizationServerWellKnown: Scripted<AnswerKind>;
  /** What every other path answers. */
  catchAll: "absent" | "html";
}

export function defaultToggles(): ResourceServerToggles {
  return {
    path: "/mcp",
    wire: "legacy",
    legacyVersions: ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"],
    sessions: true,
    requestsPerSession: undefined,
    responseMode: "json",
    getAnswer: "405",
    ssePostStatus: 405,
    capabilities: ["tools", "prompts", "resources"],
    tools: [],
    pageSize: undefined,
    serverName: "test-server",
    instructions: undefined,
    guard: "open",
    validate: () => ({ ok: false, reason: "unknown" }),
    staticBearer: "static-token",
    apiKey: { name: "x-api-key", value: "key" },
    audience: undefined,
    checksResource: false,
    acceptsTokens: true,
    acceptsDocumentClients: true,
    dpop: "off",
    dpopNonce: "off",
    challenge: "full",
    challengeScope: undefined,
    refusedToken: 401,
    toolScopes: {},
    neverSatisfied: false,
    perToolMetadata: false,
    requiredHeader: undefined,
    redirect: undefined,
    delayMs: 0,
    hang: false,
    takes: undefined,
    endpointAnswer: undefined,
    metadata: { inserted: "document" },
    challengeMetadata: "inserted",
    resource: "same",
    authorizationServers: undefined,
    scopesSupported: undefined,
    metadataFields: {},
    authorizationServerWellKnown: "absent",
    catchAll: "absent",
  };
}
