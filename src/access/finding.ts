/** The steps that doctor looks at, in the order in which they are shown. */
export type ExaminedLeg =
  | "configuration"
  | "policy"
  | "program"
  | "reach"
  | "tls"
  | "first request"
  | "first request, 2026-07-28"
  | "tools"
  | "event stream"
  | "challenge"
  | "resource metadata"
  | "authorization server"
  | "issuer metadata"
  | "profile"
  | "pkce"
  | "registration"
  | "scopes"
  | "redirect"
  | "credentials"
  | "vault"
  | "stored token";

/** One thing that was looked at: plain data, safe to show. */
export interface Finding {
  readonly leg: ExaminedLeg;
  /** `note`: neither good nor bad by itself. */
  readonly mark: "good" | "note" | "warning" | "bad";
  readonly said: string;
  readonly url?: string | undefined;
  readonly status?: number | undefined;
  readonly durationMs?: number | undefined;
  /** What a server should do here, and which clause says so. */
  readonly expected?: string | undefined;
  readonly clause?: string | undefined;
}

interface Rule {
  readonly expected: string;
  readonly clause: string;
}

/** What is expected at each leg, and by which clause. */
const rules: Readonly<Partial<Record<ExaminedLeg, Rule>>> = {
  program: { expected: "a command that starts and stays", clause: "MCP transports, stdio" },
  reach: { expected: "a name that resolves, and an address that answers", clause: "MCP transports, streamable HTTP" },
  tls: { expected: "https with a certificate that this machine trusts", clause: "MCP authorization, communication security; RFC 9110 §4.3.4" },
  "first request": { expected: "initialize: a result, or 401 with a challenge", clause: "MCP 2025-11-25 lifecycle; RFC 9110 §15.5.2" },
  "first request, 2026-07-28": { expected: "server/discover: a result, 401 with a challenge, or an error from a server of an older revision", clause: "MCP 2026-07-28, server/discover" },
  tools: { expected: "tools/list: a list, page by page", clause: "MCP 2025-11-25, tools and pagination" },
  "event stream": { expected: "an event stream whose first event is the endpoint", clause: "MCP 2024-11-05, HTTP with SSE" },
  challenge: { expected: 'WWW-Authenticate: Bearer resource_metadata="…"', clause: "RFC 9728 §5.1; RFC 6750 §3" },
  "resource metadata": { expected: "a JSON document whose resource is this server and that names authorization_servers", clause: "RFC 9728 §3.3; MCP authorization, server location" },
  "authorization server": { expected: "an issuer whose metadata says the same issuer", clause: "RFC 9728 §2; RFC 8414 §3.3" },
  "issuer metadata": { expected: "a JSON document with this issuer, authorization_endpoint and token_endpoint", clause: "RFC 8414 §3; OpenID Connect Discovery §4" },
  pkce: { expected: "code_challenge_methods_supported with S256", clause: "RFC 7636 §4.2; MCP authorization, code protection" },
  registration: { expected: "a client that is configured, a client metadata document, or a registration_endpoint", clause: "RFC 7591 §3; MCP authorization, client registration" },
  scopes: { expected: "scopes in the challenge or the resource metadata", clause: "RFC 6750 §3; RFC 9728 §2" },
  redirect: { expected: "a loopback redirect URI on any port", clause: "RFC 8252 §7.3" },
  credentials: { expected: "secrets, keys and assertions that can be had and are not over", clause: "RFC 6749 §2.3, RFC 7521 §4" },
  vault: { expected: "a grant of this server and account", clause: "RFC 6749 §1.5" },
  "stored token": { expected: "an answer other than 401", clause: "RFC 6750 §2.1" },
};

/** A finding with its leg's expectation and clause. */
export function finding(leg: ExaminedLeg, mark: Finding["mark"], said: string, facts: Pick<Finding, "url" | "status" | "durationMs"> = {}): Finding {
  return { leg, mark, said, ...facts, ...rules[leg] };
}
