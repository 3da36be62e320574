import type { ChildProcessWithoutNullStreams } from "node:child_process";

import { describeCause } from "../base/errors.ts";
import type { LocalEntry } from "../config/server-entry.ts";
import { createStderrTail, endProcess, environmentOf, type StderrTail } from "./child-process.ts";
import { countTools } from "./count-tools.ts";
import { findAnswer, type RpcAnswer, type RpcMessage } from "./json-rpc.ts";
import type { Sight } from "./look-remote.ts";
import { initializeParams, modernParams, modernRevision } from "./protocol-words.ts";
import { notMcp, type Place, processFailure, rpcFailure } from "./server-answers.ts";

export interface LocalLook {
  readonly entry: LocalEntry;
  readonly place: Place;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Called with the end of the child, which the look does not wait for. */
  readonly farewell: (goodbye: Promise<unknown>) => void;
  readonly signal: AbortSignal;
  /** Hears what has been got to. */
  readonly onStep?: ((step: LocalStep) => void) | undefined;
}

/** How far a look at a local server has come. */
export type LocalStep = { readonly leg: "program"; readonly processId: number | undefined } | { readonly leg: "first request"; readonly protocolVersion: string } | { readonly leg: "tools"; readonly tools: number | undefined };

/** A child to talk to, one JSON-RPC message a line. */
interface Talk {
  ask(method: string, params: Readonly<Record<string, unknown>>): Promise<RpcAnswer>;
  tell(method: string): void;
}

/** Starts a local server, asks what it is and ends it again, without loading the SDK. Errors: `process_failed`, `protocol_failed`. */
export async function lookLocal(look: LocalLook): Promise<Sight> {
  const stderr = createStderrTail();
  const child = await start(look, stderr);
  try {
    look.onStep?.({ leg: "program", processId: child.pid });
    return await converse(look, talkWith(look, child, stderr));
  } finally {
    look.farewell(end(child));
  }
}

async function end(child: ChildProcessWithoutNullStreams): Promise<void> {
  child.stdin.end();
  if (child.pid !== undefined) await endProcess(child.pid, 500);
  // A grandchild may hold the pipes; they must not keep this process.
  child.stdout.destroy();
  child.stderr.destroy();
}

async function start(look: LocalLook, stderr: StderrTail): Promise<ChildProcessWithoutNullStreams> {
  const { spawn } = await import("node:child_process");
  const [program, ...words] = look.entry.command;
  const child = spawn(program, words, { env: environmentOf(look.entry, look.environment), stdio: "pipe", windowsHide: true, ...(look.entry.cwd === undefined ? {} : { cwd: look.entry.cwd }) });
  child.stderr.on("data", (chunk: Uint8Array) => stderr.take(chunk));
  // A child that is gone refuses what is written to it; its exit says why.
  child.stdin.on("error", () => {});
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (error) => reject(processFailure(look.place, `could not be started: ${describeCause(error)}`, "", error)));
  });
  return child;
}

function talkWith(look: LocalLook, child: ChildProcessWithoutNullStreams, stderr: StderrTail): Talk {
  const waiting = new Map<number, (answer: RpcAnswer) => void>();
  let lastId = 0;
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) for (const [id, settle] of waiting) settleIf(findAnswer(line, id), settle);
  });
  const failure = failed(look, child, stderr);
  // It rejects at the latest when the child is ended, and then nobody asks any more.
  failure.catch(() => {});
  const send = (message: RpcMessage): void => void child.stdin.write(`${JSON.stringify(message)}\n`);
  return {
    tell: (method) => send({ jsonrpc: "2.0", method }),
    ask: async (method, params) => {
      lastId += 1;
      const id = lastId;
      const answer = new Promise<RpcAnswer>((resolve) => waiting.set(id, resolve));
      send({ jsonrpc: "2.0", id, method, params });
      try {
        return await Promise.race([answer, failure]);
      } finally {
        waiting.delete(id);
      }
    },
  };
}

function settleIf(answer: RpcAnswer | undefined, settle: (answer: RpcAnswer) => void): void {
  if (answer !== undefined) settle(answer);
}

/** Rejects when the child ends or the look is given up. */
function failed(look: LocalLook, child: ChildProcessWithoutNullStreams, stderr: StderrTail): Promise<never> {
  return new Promise((_, reject) => {
    const ended = (code: number | null, by: string | null): void => reject(processFailure(look.place, by === null ? `ended with exit code ${String(code)}` : `was ended by ${by}`, stderr.text()));
    if (child.exitCode !== null || child.signalCode !== null) ended(child.exitCode, child.signalCode);
    else child.once("close", ended);
    look.signal.addEventListener("abort", () => reject(look.signal.reason as Error), { once: true });
  });
}

async function converse(look: LocalLook, talk: Talk): Promise<Sight> {
  const modern = look.entry.protocol === modernRevision;
  const opening = modern ? await talk.ask("server/discover", modernParams()) : await talk.ask("initialize", initializeParams());
  if (opening.kind === "result") return modern ? discovered(look, talk, opening.result) : opened(look, talk, opening.result);
  if (modern || look.entry.protocol === "legacy") throw rpcFailure(look.place, opening);
  const discovery = await talk.ask("server/discover", modernParams());
  if (discovery.kind === "result") return discovered(look, talk, discovery.result);
  throw rpcFailure(look.place, opening);
}

async function opened(look: LocalLook, talk: Talk, result: Readonly<Record<string, unknown>>): Promise<Sight> {
  const version = result["protocolVersion"];
  if (typeof version !== "string") throw notMcp(look.place, "initialize without a protocol version");
  talk.tell("notifications/initialized");
  look.onStep?.({ leg: "first request", protocolVersion: version });
  const tools = await countTools(look.place, result, async (params) => resultOf(look, await talk.ask("tools/list", params)));
  look.onStep?.({ leg: "tools", tools });
  return { tools, protocolVersion: version, era: "legacy" };
}

async function discovered(look: LocalLook, talk: Talk, result: Readonly<Record<string, unknown>>): Promise<Sight> {
  look.onStep?.({ leg: "first request", protocolVersion: modernRevision });
  const tools = await countTools(look.place, result, async (params) => resultOf(look, await talk.ask("tools/list", modernParams(params))));
  look.onStep?.({ leg: "tools", tools });
  return { tools, protocolVersion: modernRevision, era: "modern" };
}

function resultOf(look: LocalLook, answer: RpcAnswer): Readonly<Record<string, unknown>> {
  if (answer.kind === "error") throw rpcFailure(look.place, answer);
  return answer.result;
}
