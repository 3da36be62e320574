import type { McpassError } from "../../../base/errors.ts";
import { Emitter } from "../../../base/events.ts";
import type { CallToolResult, GetPromptResult, Prompt, ReadResourceResult, Resource, Tool } from "../../../connection/manager.ts";
import { toError } from "../actions.ts";
import type { Ask, ScreenManager, Snapshot } from "../screen-types.ts";
import { asSchema } from "../../../base/form-schema.ts";
import { asGrants, asHistory, asSnapshot } from "./as-snapshot.ts";
import { callThere, examineThere } from "./call-there.ts";
import { createQuestionsThere } from "./questions-there.ts";
import { signInThere } from "./sign-in-there.ts";
import type { ServeApi, ServeEvent } from "./serve-api.ts";

type Details = Readonly<Record<string, unknown>>;

/** A running `mcpass serve`, as the screen asks a manager. */
export function createAttachedManager(api: ServeApi, now: () => number, ask: Ask): ScreenManager {
  const emitter = new Emitter();
  const questions = createQuestionsThere(api, ask);
  const known = new Map<string, Details>();
  const look = async (name: string): Promise<void> => void known.set(name, asSchema(await api.ask("GET", ["mcp", name])));
  const lookAtAll = async (): Promise<void> => {
    const names = Object.keys(asSchema(await api.ask("GET", ["mcp"])));
    for (const name of known.keys()) if (!names.includes(name)) known.delete(name);
    await Promise.all(names.map((name) => look(name).catch(() => undefined)));
  };
  const tell = (server: string): void => {
    const details = known.get(server);
    const { status, error } = details === undefined ? { status: "idle", error: undefined } : asSnapshot(details);
    emitter.emit({ type: "server.status", server, at: now(), status, ...(error === undefined ? {} : { error }) });
  };
  const hear = async (event: ServeEvent): Promise<void> => {
    if (event.type === "server.connected") return Promise.all([questions.look(), lookAtAll()]).then(() => [...known.keys()].forEach(tell));
    if (event.type.startsWith("mcp.elicitation.")) return questions.look();
    const { server, mcpName, outcome, authorizationUrl, expiresAt } = event.properties;
    if (event.type === "mcp.browser.open.failed") emitter.emit({ type: "browser.failed", server: String(mcpName), at: now(), reason: "mcpass serve could not open it" });
    if (typeof server !== "string") return;
    await look(server).catch(() => known.delete(server));
    if (event.type === "mcp.tools.changed") emitter.emit({ type: "catalog.changed", server, at: now() });
    if (event.type === "mcp.auth.started") emitter.emit({ type: "authorization.begun", server, at: now(), url: String(authorizationUrl), expiresAt: Number(expiresAt) });
    if (event.type === "mcp.auth.finished" || event.type === "mcp.auth.failed") emitter.emit({ type: "authorization.ended", server, at: now(), outcome: String(outcome) as "completed" });
    tell(server);
  };
  const grants = async (): Promise<ReturnType<typeof asGrants>> => [...known.values()].flatMap(asGrants);
  const after = async (name: string, work: Promise<unknown>): Promise<unknown> => work.finally(() => look(name).then(() => tell(name), () => undefined));
  return {
    list: () => [...known.values()].map(asSnapshot),
    subscribe: (listener) => emitter.subscribe(listener),
    keepConnected: async () => withEnd(questions.end, await follow(api, { hear: (event) => void hear(event).catch(() => undefined), lost: (error) => emitter.emit({ type: "warning", server: "mcpass serve", at: now(), message: error.message }) }, lookAtAll)),
    connect: async (name) => (await after(name, api.ask("POST", ["mcp", name, "connect"])), { close: async () => undefined }),
    disconnect: async (name) => void (await after(name, api.ask("POST", ["mcp", name, "disconnect"]))),
    signIn: (name, options) => signInThere({ api, emitter, now, snapshot: () => asSnapshot(known.get(name) ?? { name }) as Snapshot, grants }, name, options),
    removeAuth: async (name, { account } = {}) => (await after(name, api.ask("DELETE", ["mcp", name, "auth"], account === undefined ? {} : { query: { account } })), undefined),
    grants,
    history: async (name) => asHistory(known.get(name) ?? {}),
    examine: (name, options = {}) => examineThere(api, name, options),
    tools: async (name, { signal } = {}) => asSchema(await api.ask("GET", ["mcp", name, "tools"], { signal }))["tools"] as readonly Tool[],
    callTool: async (name, tool, args, options) => (await callThere(api, name, { tool, arguments: args }, options)) as CallToolResult,
    prompts: async (name, { signal } = {}) => asSchema(await api.ask("GET", ["mcp", name, "prompts"], { signal }))["prompts"] as readonly Prompt[],
    resources: async (name, { signal } = {}) => asSchema(await api.ask("GET", ["mcp", name, "resources"], { signal }))["resources"] as readonly Resource[],
    readResource: async (name, resource, options) => (await callThere(api, name, { resource }, options)) as ReadResourceResult,
    getPrompt: async (name, prompt, args, options) => (await callThere(api, name, { prompt, arguments: args }, options)) as GetPromptResult,
  };
}

function withEnd(end: () => void, stop: () => void): () => void {
  return () => (end(), stop());
}

interface Hearing {
  readonly hear: (event: ServeEvent) => void;
  readonly lost: (error: McpassError) => void;
}

const longestPauseMs = 15_000;

/** Settles when the first answer is there; then listens, and again when the stream was lost, until it is stopped. */
async function follow(api: ServeApi, { hear, lost }: Hearing, first: () => Promise<void>): Promise<() => void> {
  const ending = new AbortController();
  const listen = async (): Promise<void> => {
    for (let pauseMs = 500; !ending.signal.aborted; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      await api.events(ending.signal, (event) => ((pauseMs = 500), hear(event))).catch((thrown: unknown) => ending.signal.aborted || lost(toError(thrown)));
      await new Promise((resolve) => setTimeout(resolve, pauseMs).unref());
    }
  };
  await first();
  void listen();
  return () => ending.abort();
}
