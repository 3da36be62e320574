import type { CallOptions, CallToolResult, Tool } from "../../connection/connection-types.ts";
import type { Manager as ManagerSoFar, ServerSnapshot, SignInResult, SignOutResult } from "../../connection/manager.ts";
import type { McpStatus } from "./answer-schemas.ts";

export type CallbackAnswer = { readonly url: string } | { readonly code: string; readonly state?: string | undefined; readonly iss?: string | undefined };

/** What this surface asks of a Manager. */
export interface ApiManager extends Pick<ManagerSoFar, "events" | "names" | "snapshot" | "grants" | "connect" | "examine" | "watch"> {
  status(): Readonly<Record<string, McpStatus>>;
  add(name: string, config: unknown): Promise<ServerSnapshot>;
  remove(name: string): Promise<void>;
  disconnect(name: string): Promise<void>;
  tools(name: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<readonly Tool[]>;
  callTool(name: string, tool: string, args: Readonly<Record<string, unknown>>, options?: CallOptions): Promise<CallToolResult>;
  startAuth(name: string, options?: { readonly account?: string | undefined; readonly scope?: string | undefined; readonly force?: boolean | undefined }): Promise<{ readonly authorizationUrl: string; readonly oauthState: string }>;
  authenticate(name: string, options?: { readonly account?: string | undefined; readonly scope?: string | undefined; readonly force?: boolean | undefined; readonly timeoutMs?: number | undefined }): Promise<SignInResult>;
  finishAuth(name: string, answer: CallbackAnswer): Promise<SignInResult>;
  removeAuth(name: string, options?: { readonly account?: string | undefined; readonly keepRemote?: boolean | undefined }): Promise<SignOutResult>;
  keepConnected(): Promise<() => void>;
  completeCallback(url: string): Promise<{ readonly server: string; readonly result: SignInResult }>;
}
