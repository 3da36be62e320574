/** What the HTTP API answers, as far as this page reads it. Members that may be absent are optional: an older or newer server is no reason to break. */

export type StatusWord = "connected" | "disabled" | "failed" | "needs_auth" | "needs_client_registration";

export interface PublicStatus {
  readonly status: StatusWord;
  readonly error?: string;
}

export interface ErrorView {
  /** What happened. */
  readonly error: string;
  readonly code?: string;
  readonly hint?: string;
  readonly redirectUri?: string;
}

export interface Identity {
  readonly subject?: string | null;
  readonly name?: string | null;
  readonly email?: string | null;
}

export interface Account {
  readonly account: string;
  readonly identity?: Identity | null;
  readonly issuer?: string;
  readonly scopes?: readonly string[];
  readonly state?: string;
  readonly expiresAt?: number | null;
  readonly renewable?: boolean;
  readonly error?: ErrorView | null;
}

/** Instants in ms since the epoch. */
export interface ServerDetail {
  readonly name: string;
  readonly type?: "remote" | "local";
  readonly url?: string | null;
  readonly command?: readonly string[] | null;
  readonly status: StatusWord;
  readonly connecting?: boolean;
  readonly account?: string | null;
  readonly error?: ErrorView | null;
  readonly next?: string | null;
  readonly tools?: number | null;
  readonly protocolVersion?: string | null;
  readonly accounts?: readonly Account[];
  readonly source?: { readonly file?: string; readonly line?: number; readonly layer?: string } | null;
}

export interface Tool {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly inputSchema?: unknown;
  readonly annotations?: { readonly title?: string; readonly readOnlyHint?: boolean; readonly destructiveHint?: boolean; readonly idempotentHint?: boolean };
}

export interface ContentBlock {
  readonly type: string;
  readonly [member: string]: unknown;
}

export interface ToolResult {
  readonly content?: readonly ContentBlock[];
  readonly structuredContent?: unknown;
  readonly isError?: boolean;
}

export interface Finding {
  readonly leg: string;
  readonly mark: "good" | "note" | "warning" | "bad";
  readonly said: string;
  readonly url?: string;
  readonly status?: number;
  readonly durationMs?: number;
  readonly expected?: string;
  readonly clause?: string;
}

export interface Examination {
  readonly durationMs: number;
  readonly findings: readonly Finding[];
  readonly verdict: { readonly kind: string; readonly words?: string; readonly fault?: string | null; readonly error?: ErrorView | null };
  readonly remedy?: { readonly said: string; readonly command?: string; readonly config?: unknown; readonly redirectUri?: string } | null;
}

export interface ApiEvent {
  readonly id?: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}
