import type { RunningProgram } from "./program.ts";
import { waitUntil } from "./wait.ts";

/** Whatever stands in a message: tests look where they know it to be. */
export type Loose = ReturnType<typeof JSON.parse>;

export type Message = { readonly id?: string | number | null; readonly method?: string; readonly params?: Loose; readonly result?: Loose; readonly error?: Loose };

/** A scripted MCP client that has started a program and speaks to it line by line. */
export interface StdioHost {
  readonly program: RunningProgram;
  /** Everything that came, in its order. A line that is no message fails whatever looks at it. */
  messages(): readonly Message[];
  send(message: Message): void;
  /** Sends a request and gives its answer; with a `string` id of its own choice unless given. */
  request(method: string, params?: object, options?: { readonly id?: string | number; readonly timeoutMs?: number }): Promise<Message>;
  notify(method: string, params?: object): void;
  /** The first message from the server that is like this, after the first `after` messages. */
  heard(method: string, after?: number): Promise<Message>;
  /** Opens as a client of that revision: initialize, initialized. */
  open(revision?: string, capabilities?: object): Promise<Message>;
}

export function stdioHost(program: RunningProgram): StdioHost {
  let count = 0;
  const messages = (): readonly Message[] => {
    const text = program.stdout();
    return text.slice(0, text.lastIndexOf("\n") + 1).split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as Message);
  };
  const send = (message: Message): void => program.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const said = (): string => `\nstdout: ${program.stdout().slice(-2_000)}\nstderr: ${program.stderr().slice(-2_000)}`;
  const host: StdioHost = {
    program,
    messages,
    send,
    request: async (method, params, { id = `host-${String((count += 1))}`, timeoutMs } = {}) => {
      send({ id, method, ...(params === undefined ? {} : { params }) });
      return waitUntil(() => messages().find((message) => message.id === id && message.method === undefined), `the answer to ${method}`, timeoutMs).catch((error: unknown) => {
        throw new Error(`${String(error)}${said()}`);
      });
    },
    notify: (method, params) => send({ method, ...(params === undefined ? {} : { params }) }),
    heard: (method, after = 0) =>
      waitUntil(() => messages().slice(after).find((message) => message.method === method), `${method} from the bridge`).catch((error: unknown) => {
        throw new Error(`${String(error)}${said()}`);
      }),
    open: async (revision = "2025-11-25", capabilities = {}) => {
      const answer = await host.request("initialize", { protocolVersion: revision, capabilities, clientInfo: { name: "host", version: "1" } });
      host.notify("notifications/initialized");
      return answer;
    },
  };
  return host;
}

/** The `_meta` of every request of 2026-07-28. */
export function modernMeta(capabilities: object = {}, more: object = {}): object {
  return { _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": capabilities, "io.modelcontextprotocol/clientInfo": { name: "host", version: "1" }, ...more } };
}
