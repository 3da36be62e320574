import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

import type { Command } from "./measure.ts";
import { markOf } from "./processes.ts";

/** A program that serves until it is told to end. */
export interface Service {
  /** The first that it says, without a slash at its end. */
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export async function startService({ name, words: [program = "", ...rest], environment = {} }: Command): Promise<Service> {
  const child = spawn(program, rest, { env: { PATH: process.env["PATH"] ?? "", ...environment, ...markOf(name) }, stdio: ["ignore", "pipe", "pipe"] });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
  };
  try {
    return { url: await firstUrl(name, child), pid: child.pid ?? -1, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function firstUrl(name: string, child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const patience = setTimeout(() => reject(new Error(`${name} did not say where it serves: ${text}`)), 30_000);
    const said = (chunk: string): void => {
      text = `${text}${chunk}`.slice(-2_000);
      const [url] = /http:\/\/\S+(?=\s)/.exec(text) ?? [];
      if (url === undefined) return;
      clearTimeout(patience);
      // Whatever else it says is read, so that it never waits for its reader.
      for (const stream of [child.stdout, child.stderr]) stream?.off("data", said).resume();
      resolve(url.replace(/\/$/, ""));
    };
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", said);
    child.once("error", reject);
    child.once("exit", (code) => {
      clearTimeout(patience);
      reject(new Error(`${name} ended with ${String(code)}: ${text}`));
    });
  });
}
