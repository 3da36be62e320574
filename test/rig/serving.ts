import { request } from "node:http";

import { createOpencodeClient, type OpencodeClient } from "@opencode-ai/sdk";
import { createOpencodeClient as createSecondClient, type OpencodeClient as SecondClient } from "@opencode-ai/sdk/v2";
import type { RunningProgram } from "./program.ts";
import type { Walk, WalkProgramOptions } from "./walk.ts";

/** A running `mcpass serve`, and how to speak to it. */
export interface ServingProgram {
  /** From this machine. */
  readonly url: string;
  readonly port: number;
  readonly token: string;
  /** That it printed at the start. */
  readonly link: string;
  readonly program: RunningProgram;
  /** With the token, unless other headers say otherwise. */
  ask(method: string, path: string, options?: AskOptions): Promise<Answer>;
  /** OpenCode's own client, in its two styles. */
  readonly first: OpencodeClient;
  readonly second: SecondClient;
}

export interface AskOptions {
  readonly body?: unknown | undefined;
  /** As it is, in place of `body`. */
  readonly text?: string;
  /** undefined takes one away. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  readonly json: unknown;
}

/** Starts it on a free port and waits until it serves. */
export async function startServing(walk: Walk, args: readonly string[] = [], options: WalkProgramOptions = {}): Promise<ServingProgram> {
  const { stdout } = await walk.run(["serve", "--print-token"]);
  const token = stdout.trim();
  const port = args.includes("--port") ? [] : ["--port", "0"];
  const program = walk.start(["serve", ...port, ...args], { timeoutMs: 120_000, ...options });
  const [, known = "", url = known] = await program.waitFor(/mcpass serves on (\S+)(?: \((\S+)\))?\n/);
  const [link = ""] = await program.waitFor(/\S+\/session\?ticket=\S+/);
  return servingAt(url, token, link, program);
}

export function servingAt(url: string, token: string, link: string, program: RunningProgram): ServingProgram {
  const headers = { authorization: `Bearer ${token}` };
  return {
    url,
    port: Number(new URL(url).port),
    token,
    link,
    program,
    ask: (method, path, options = {}) => ask(url, method, path, { ...options, headers: { ...headers, ...options.headers } }),
    first: createOpencodeClient({ baseUrl: url, headers }),
    second: createSecondClient({ baseUrl: url, headers }),
  };
}

/** One request, its path and headers exactly as given. */
export function ask(url: string, method: string, path: string, { body, text = body === undefined ? undefined : JSON.stringify(body), headers = {} }: AskOptions = {}): Promise<Answer> {
  const all: Record<string, string | readonly string[] | undefined> = { ...(text === undefined ? {} : { "content-type": "application/json", "content-length": String(Buffer.byteLength(text)) }), ...headers };
  const sent = Object.fromEntries(Object.entries(all).filter((pair): pair is [string, string | string[]] => pair[1] !== undefined));
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, method, path, headers: sent, agent: false, setHost: sent["host"] === undefined }, (answer) => {
      let received = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => (received += chunk));
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: received, json: parsed(received) }));
      answer.on("error", reject);
    });
    asked.on("error", reject);
    asked.end(text);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
