import { spawn } from "node:child_process";
import { once } from "node:events";

import { expect } from "vitest";

import { requireClients } from "./other-clients.mjs";
import { cleanEnvironment } from "./program.ts";
import type { Walk } from "./walk.ts";

/** One run of somebody else's program. */
async function run(walk: Walk, [program = "", ...words]: readonly string[]): Promise<string> {
  const child = spawn(program, words, { cwd: walk.home.directory, env: cleanEnvironment({ home: walk.home.directory }), stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
  let said = "";
  let wrong = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (wrong += text));
  const [code] = (await once(child, "close")) as [number | null];
  expect({ words, code, wrong: code === 0 ? "" : wrong }).toEqual({ words, code: 0, wrong: "" });
  return said;
}

/** A server of the rig's in a client's configuration file. */
export interface PlaceInFile {
  readonly file: string;
  readonly server: string;
  /** Before the names of its tools. */
  readonly prefix?: string;
  /** Of its note. */
  readonly uri?: string;
}

/** mcporter and the Inspector list, call and read it, each with the file as it is. */
export async function useWithOtherClients(walk: Walk, { file, server, prefix = "", uri = "test://note" }: PlaceInFile): Promise<void> {
  const { mcporter, inspector } = requireClients();
  const [add, ...others] = ["add_numbers", "echo", "whoami"].map((name) => `${prefix}${name}`);
  const listed = JSON.parse(await run(walk, [...mcporter, "--config", file, "list", server, "--json"]));
  expect([listed.status, listed.tools.map(({ name }: { name: string }) => name)]).toEqual(["ok", [add, ...others]]);
  expect((await run(walk, [...mcporter, "--config", file, "call", `${server}.${add ?? ""}`, "a=2", "b=3"])).trim()).toBe("5");

  const inspect = (...words: readonly string[]): Promise<string> => run(walk, [...inspector, "--config", file, "--server", server, "--method", ...words]);
  expect(JSON.parse(await inspect("tools/list")).tools).toHaveLength(3);
  expect(JSON.parse(await inspect("tools/call", "--tool-name", add ?? "", "--tool-arg", "a=2", "b=3")).content[0].text).toBe("5");
  expect(JSON.parse(await inspect("resources/read", "--uri", uri)).contents[0].text).toBe("a note");
}
