// Streamable HTTP in front of a program that speaks on standard input and output: one program for each session of up to 2025-11-25; at 2026-07-28 one for each
// kind of host, since what a host can do does not change while it lives.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";

const modern = "2026-07-28";
const versionKey = "io.modelcontextprotocol/protocolVersion";
const capabilitiesKey = "io.modelcontextprotocol/clientCapabilities";
const subscriptionKey = "io.modelcontextprotocol/subscriptionId";
/** How HTTP shows these errors. MCP 2026-07-28, Streamable HTTP */
const statusOf = { "-32601": 404, "-32602": 400, "-32020": 400, "-32021": 400, "-32022": 400 };

export function serveOverStdio(command) {
  const sessions = new Map();
  const shared = new Map();
  // Started before it is wanted: some scenarios wait for their first event no longer than a program takes to start.
  let spare;
  const start = () => new Program(command);
  const programOf = (asked, message) => {
    const id = asked.headers["mcp-session-id"];
    if (id !== undefined) return sessions.get(id);
    if (message?.method === "initialize" && message.params?._meta?.[versionKey] === undefined && asked.headers["mcp-protocol-version"] !== modern) {
      const program = start();
      sessions.set(program.session, program);
      return program;
    }
    const able = JSON.stringify(message?.params?._meta?.[capabilitiesKey] ?? {});
    const known = shared.get(able);
    if (known !== undefined) return known;
    const program = spare ?? start();
    spare = start();
    shared.set(able, program);
    return program;
  };
  return {
    stop: () => [...sessions.values(), ...shared.values(), spare].forEach((program) => program?.stop()),
    handle: async (asked, answer) => {
      const message = asked.method === "POST" ? await readMessage(asked) : undefined;
      const program = asked.method === "POST" || asked.headers["mcp-session-id"] !== undefined ? programOf(asked, message) : undefined;
      if (program === undefined) return answer.writeHead(asked.method === "POST" ? 404 : 405).end();
      if (asked.method === "GET") return program.listen(answer);
      if (asked.method === "DELETE") {
        sessions.delete(program.session);
        program.stop();
        return answer.writeHead(200).end();
      }
      if (message?.id === undefined || message.method === undefined) {
        program.write(message);
        return answer.writeHead(202).end();
      }
      return program.ask(message, answer, !sessions.has(program.session));
    },
  };
}

async function readMessage(asked) {
  const chunks = [];
  for await (const chunk of asked) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}

class Program {
  session = randomUUID();
  #child;
  /** What is asked of it, by the id it knows it by; the one asked last is the last. */
  #open = new Map();
  #listener;
  #early = [];

  constructor([program, ...words]) {
    this.#child = spawn(program, words, { stdio: ["pipe", "pipe", "inherit"] });
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#hear(JSON.parse(line)));
  }

  stop() {
    this.#child.kill("SIGKILL");
    this.#listener?.end();
  }

  write(message) {
    this.#child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  listen(answer) {
    this.#listener = answer;
    answer.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
    for (const message of this.#early.splice(0)) writeEvent(answer, message);
  }

  /** Hosts of 2026-07-28 share it, so their ids may be the same; one that goes away no longer wants its answer. */
  ask(message, answer, isShared) {
    const id = isShared ? randomUUID() : message.id;
    this.#open.set(id, { id: message.id, token: message.params?._meta?.progressToken, answer, session: isShared ? undefined : this.session });
    answer.once("close", () => {
      if (this.#open.delete(id) && isShared) this.write({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: id } });
    });
    this.write({ ...message, id });
  }

  #hear(message) {
    const isAnswer = message.method === undefined;
    const about = isAnswer ? this.#open.get(message.id) : this.#owner(message);
    if (about === undefined) {
      if (this.#listener === undefined) this.#early.push(message);
      else writeEvent(this.#listener, message);
      return;
    }
    const { answer, id } = about;
    if (isAnswer) this.#open.delete(message.id);
    if (isAnswer && !answer.headersSent && about.session === undefined) {
      answer.writeHead(statusOf[message.error?.code] ?? 200, { "content-type": "application/json" });
      return void answer.end(JSON.stringify({ ...message, id }));
    }
    if (!answer.headersSent) answer.writeHead(200, { "content-type": "text/event-stream", ...(about.session === undefined ? {} : { "mcp-session-id": about.session }) });
    writeEvent(answer, isAnswer ? { ...message, id } : named(message, id));
    if (isAnswer) answer.end();
  }

  /** Whose it is that the program says by itself: by its subscription, by its progress token, or the one asked last. */
  #owner(message) {
    const subscription = message.params?._meta?.[subscriptionKey];
    if (subscription !== undefined) return this.#open.get(subscription);
    const open = [...this.#open.values()];
    const token = message.params?.progressToken;
    if (token !== undefined) return open.find((each) => each.token === token);
    return message.method.endsWith("/list_changed") ? undefined : open.at(-1);
  }
}

function named(message, id) {
  const meta = message.params?._meta;
  return meta?.[subscriptionKey] === undefined ? message : { ...message, params: { ...message.params, _meta: { ...meta, [subscriptionKey]: id } } };
}

function writeEvent(answer, message) {
  answer.write(`data: ${JSON.stringify(message)}\n\n`);
}
