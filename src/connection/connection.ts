import type { RequestOptions } from "@modelcontextprotocol/client";

import type { SignInOptions } from "../access/sign-in-types.ts";
import { McpassError } from "../base/errors.ts";
import { plainText } from "../base/redact.ts";
import { shellWord } from "../base/shell-word.ts";
import { nearestName } from "../config/nearest-name.ts";
import type { CallOptions, CallToolResult, Connection, Tool } from "./connection-types.ts";
import { type Clock, withDeadline } from "./deadline.ts";
import type { Line } from "./line.ts";
import type { LiveClient } from "./live-client.ts";
import { rpcCodeOf } from "./sdk-errors.ts";
import { noAnswer } from "./server-answers.ts";
import type { ServerState } from "./server-state.ts";
import { withSignIn } from "./with-sign-in.ts";

export interface ConnectionParts {
  readonly state: ServerState;
  readonly line: Line;
  readonly signIn: SignInOptions | undefined;
  /** The clocks of requests that are under way: they stand still while a person is asked. */
  readonly clocks: Set<Clock>;
  readonly close: () => Promise<void>;
}

/** The SDK's own clock is set so late that ours, which can be stopped, is the one that counts. */
const never = 2_147_483_647;

/** Opens the line, or joins it, and signs in where that is needed and may be done. */
export async function openConnection(parts: ConnectionParts, options: { readonly signal?: AbortSignal | undefined }): Promise<Connection> {
  const { state } = parts;
  const { name } = state.configured;
  let live: LiveClient | undefined;
  let left = false;
  const run = <T>(operation: (client: LiveClient, request: RequestOptions) => Promise<T>, options: CallOptions = {}): Promise<T> =>
    perform(parts, options, (client, request) => {
      live = client;
      return operation(client, request);
    });
  await run(() => Promise.resolve(), options);
  return {
    name,
    get closed() {
      return left || parts.line.closed;
    },
    snapshot: state.snapshot,
    listTools: (options) => run(({ catalog }, request) => countingTools(state, catalog.tools(request)), options),
    listPrompts: (options) => run(({ catalog }, request) => catalog.prompts(request), options),
    listResources: (options) => run(({ catalog }, request) => catalog.resources(request), options),
    callTool: (tool, args, options) => run((client, request) => callTool(name, client, tool, args, request), options),
    readResource: (uri, options) => run(({ client }, request) => client.readResource({ uri }, request), options),
    getPrompt: (prompt, args, options) => run(({ client }, request) => client.getPrompt({ name: prompt, arguments: args }, request), options),
    serverInfo: () => describeServer(live),
    close: () => {
      left = true;
      return parts.close();
    },
  };
}

/** One operation: connected first, within the request time, with a sign-in where that is what it lacks. */
async function perform<T>({ state, line, signIn, clocks }: ConnectionParts, options: CallOptions, operation: (live: LiveClient, request: RequestOptions) => Promise<T>): Promise<T> {
  const { entry } = state.configured;
  const ms = entry?.timeout.requestMs ?? never;
  const attempt = (): Promise<T> =>
    line.run(
      (live) =>
        withDeadline({ ms, signal: options.signal, expired: () => noAnswer(state.place(), ms, "answer") }, async (clock) => {
          clocks.add(clock);
          try {
            return await operation(live, requestOptions(clock, options));
          } finally {
            clocks.delete(clock);
          }
        }),
      options.signal,
    );
  return entry?.type === "remote" ? withSignIn({ server: state.configured.name, desk: (await state.door()).desk, options: signIn, signal: options.signal }, attempt) : attempt();
}

function requestOptions(clock: Clock, { onProgress }: CallOptions): RequestOptions {
  return {
    signal: clock.signal,
    timeout: never,
    onprogress: (progress) => {
      clock.restart();
      onProgress?.(progress);
    },
  };
}

async function countingTools(state: ServerState, listing: Promise<readonly Tool[]>): Promise<readonly Tool[]> {
  const tools = await listing;
  state.facts.tools = tools.length;
  return tools;
}

/**
 * A modern server wants some arguments repeated in headers, which its list tells, and a tool that the list leaves out must not be called.
 * An older one is asked for its list only when it refuses: it may be that the name is wrong.
 */
async function callTool(server: string, live: LiveClient, tool: string, args: Readonly<Record<string, unknown>>, request: RequestOptions): Promise<CallToolResult> {
  const { onprogress: _, ...quiet } = request;
  if (live.modern && live.catalog.knowsTool(tool) !== true) await requireTool(server, live, tool, quiet);
  try {
    const result = await live.client.callTool({ name: tool, arguments: args }, request);
    if (result.isError === true && !live.modern) await requireTool(server, live, tool, quiet, "the result stands");
    return result;
  } catch (thrown) {
    const code = rpcCodeOf(thrown);
    if (!live.modern && (code === -32_602 || code === -32_601 || code === -32_603)) await requireTool(server, live, tool, quiet, "the result stands");
    throw thrown;
  }
}

/** Throws `tool_unknown` when the server's list is there and does not have the tool. */
async function requireTool(server: string, live: LiveClient, tool: string, request: RequestOptions, otherwise?: "the result stands"): Promise<void> {
  let names: readonly string[];
  try {
    names = (await live.catalog.tools(request)).map(({ name }) => name);
  } catch (thrown) {
    if (otherwise === undefined) throw thrown;
    return;
  }
  if (names.includes(tool)) return;
  const nearest = nearestName(tool, names);
  throw new McpassError("tool_unknown", `${server} has no tool ${plainText(tool, 100)}${nearest === undefined ? "" : `; did you mean ${plainText(nearest, 100)}?`}`, {
    hint: `mcpass tools ${shellWord(server)}`,
    details: { server, tool, ...(nearest === undefined ? {} : { nearest }) },
  });
}

function describeServer(live: LiveClient | undefined): ReturnType<Connection["serverInfo"]> {
  const version = live?.client.getServerVersion();
  const instructions = live?.client.getInstructions();
  return { ...(version === undefined ? {} : { name: version.name, version: version.version }), ...(instructions === undefined ? {} : { instructions }) };
}
