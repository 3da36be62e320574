import { mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { waitUntil } from "./wait.ts";

export interface FakeOpener {
  /** Add to the program's environment: its PATH finds this opener first. */
  readonly environment: Readonly<Record<string, string>>;
  /** The arguments of each call so far. */
  calls(): Promise<readonly (readonly string[])[]>;
  /** The arguments of the first call, once it has come. */
  firstCall(timeoutMs?: number): Promise<readonly string[]>;
}

/** A program such as `xdg-open` that records how it was called, then ends with `exitCode` or never (for 60 s). */
export async function fakeOpener(directory: string, name: string, habits: { exitCode?: number; hangs?: boolean } = {}): Promise<FakeOpener> {
  const bin = join(directory, "bin");
  const record = join(directory, `${name}.calls`);
  const ending = habits.hangs === true ? "setTimeout(() => {}, 60_000);" : `process.exitCode = ${String(habits.exitCode ?? 0)};`;
  const script = `#!${process.execPath}\nrequire("node:fs").appendFileSync(${JSON.stringify(record)}, JSON.stringify(process.argv.slice(2)) + "\\n");\n${ending}\n`;
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, name), script, { mode: 0o755 });
  const calls = async (): Promise<string[][]> => (await readFile(record, "utf8").catch(() => "")).split("\n").filter(Boolean).map((line) => JSON.parse(line) as string[]);
  return {
    environment: { PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` },
    calls,
    firstCall: (timeoutMs) => waitUntil(async () => (await calls())[0], `${name} to be called`, timeoutMs),
  };
}
