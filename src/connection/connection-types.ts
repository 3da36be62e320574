import type { ServerSnapshot } from "./server-state.ts";

/** What a live connection gives, in plain types: as the server sent it, checked by the SDK for the members named here. */

interface Named {
  readonly name: string;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly [member: string]: unknown;
}

/** A tool as its server lists it. */
export interface Tool extends Named {
  /** JSON Schema, verbatim. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

/** A prompt as its server lists it. */
export interface Prompt extends Named {
  readonly arguments?: readonly { readonly name: string; readonly description?: string | undefined; readonly required?: boolean | undefined }[] | undefined;
}

/** A resource as its server lists it. */
export interface Resource extends Named {
  readonly uri: string;
  readonly mimeType?: string | undefined;
}

/** One block of `content`: text, an image, audio, a resource or a link to one, told apart by `type`. */
export interface ContentBlock {
  readonly type: string;
  /** Of a text block. */
  readonly text?: string | undefined;
  readonly [member: string]: unknown;
}

/** What a tool answered, checked for the members named here. A result with `isError` is the tool's own word, and no error that is thrown. */
export interface CallToolResult {
  readonly content: readonly ContentBlock[];
  readonly structuredContent?: unknown;
  /** The tool ran and says that it failed. */
  readonly isError?: boolean | undefined;
  readonly [member: string]: unknown;
}

/** A prompt with its arguments filled in by the server. */
export interface GetPromptResult {
  readonly messages: readonly { readonly role: string; readonly content: ContentBlock }[];
  readonly [member: string]: unknown;
}

/** The contents of a resource. */
export interface ReadResourceResult {
  readonly contents: readonly { readonly uri: string; readonly [member: string]: unknown }[];
  readonly [member: string]: unknown;
}

/** What to do when a server asks the person something: take its defaults, say no, or ask. */
export type Elicit = { readonly mode: "defaults" | "decline" } | { readonly mode: "ask"; readonly ask: (request: unknown) => Promise<unknown> };

/** How far a call is, by its server's own measure. */
export interface Progress {
  readonly progress: number;
  readonly total?: number | undefined;
  readonly message?: string | undefined;
}

/** How one operation goes. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Each report starts the request's time anew. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * A live connection to one server; it opens, re-opens and signs in as its operations need. Every operation throws McpassError only, also
 * `timed_out` after the entry's request time, `tool_unknown`, `protocol_failed`.
 */
export interface Connection {
  readonly name: string;
  /** It was closed, by `close` or for everybody (a sign-out, `disconnect`), and never opens again. */
  readonly closed: boolean;
  snapshot(): ServerSnapshot;
  /** All pages; empty when the server has no such capability. */
  listTools(options?: CallOptions): Promise<readonly Tool[]>;
  listPrompts(options?: CallOptions): Promise<readonly Prompt[]>;
  listResources(options?: CallOptions): Promise<readonly Resource[]>;
  callTool(name: string, args: Readonly<Record<string, unknown>>, options?: CallOptions): Promise<CallToolResult>;
  readResource(uri: string, options?: CallOptions): Promise<ReadResourceResult>;
  getPrompt(name: string, args: Readonly<Record<string, string>>, options?: CallOptions): Promise<GetPromptResult>;
  serverInfo(): { readonly name?: string; readonly version?: string; readonly instructions?: string };
  close(): Promise<void>;
}
