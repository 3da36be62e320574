import { spawn } from "node:child_process";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";

/** A host that sends texts as they are and gives answers as they came: for messages of many megabytes. One request at a time. */
export interface PlainHost {
  /** The answer: what came on a line, or in the data of an event, or as JSON. `headers`: of this request, where it has any. */
  ask(message: string, headers?: Readonly<Record<string, string>>): Promise<string>;
  tell(message: string): Promise<void>;
}

export interface PlainBridgeHost extends PlainHost {
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts a bridge with this command line. */
export function plainBridgeHost([program = "", ...rest]: readonly string[], environment: Readonly<Record<string, string>>): PlainBridgeHost {
  const child = spawn(program, rest, { env: environment, stdio: ["pipe", "pipe", "ignore"] });
  let heard = (_line: string): void => {};
  let parts: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => {
    let from = 0;
    for (let end = chunk.indexOf("\n"); end >= 0; end = chunk.indexOf("\n", from)) {
      const line = Buffer.concat([...parts, chunk.subarray(from, end)]).toString();
      parts = [];
      from = end + 1;
      // What the server tells is not what is waited for.
      if (!isTold(line)) heard(line);
    }
    parts.push(chunk.subarray(from));
  });
  child.stdin.on("error", () => undefined);
  const tell = async (message: string): Promise<void> => {
    child.stdin.write(message);
    if (!child.stdin.write("\n")) await once(child.stdin, "drain");
  };
  return {
    pid: child.pid ?? -1,
    tell,
    ask: (message) =>
      new Promise((resolve) => {
        heard = resolve;
        void tell(message);
      }),
    stop: async () => {
      child.kill("SIGTERM");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}

/** `headers`: of every request; where an answer gives a session, of those after it too. */
export function plainHttpHost(url: string, headers: Readonly<Record<string, string>>): PlainHost {
  const all: Record<string, string> = { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers };
  const ask: PlainHost["ask"] = (message, more = {}) =>
    new Promise((resolve, reject) => {
      const asked = request(url, { method: "POST", headers: { ...all, ...more, "content-length": String(Buffer.byteLength(message)) } }, (answer) => {
        const session = answer.headers["mcp-session-id"];
        if (typeof session === "string") all["mcp-session-id"] = session;
        readBody(answer).then(resolve, reject);
      });
      asked.once("error", reject);
      asked.end(message);
    });
  return { ask, tell: async (message) => void (await ask(message)) };
}

async function readBody(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  if (answer.headers["content-type"]?.startsWith("text/event-stream") !== true) return text;
  return text.split("\n").filter((line) => line.startsWith("data: {") && !isTold(line)).map((line) => line.slice(6)).join("\n");
}

function isTold(line: string): boolean {
  return /^.{0,100}"method":/.test(line);
}
