import { execFile } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cleanEnvironment, requireBuilt } from "../rig/program.ts";
import { startInTerminal } from "../rig/terminal.ts";
import type { Scene } from "./scenarios.ts";

export interface Outcome {
  readonly exitCode: number | null;
  /** Both outputs as a terminal shows them, in the documentation's words for addresses. */
  readonly output: string;
}

/** Runs one line as a person's shell does, with `mcpass` on its path. */
export async function runCommand(scene: Scene, line: string): Promise<Outcome> {
  const { walk, workingDirectory, environment } = scene;
  const env = cleanEnvironment({ home: walk.home.directory, env: environment });
  const bin = await makeBin(scene);
  return new Promise((resolve) => {
    execFile("/bin/sh", ["-c", `{ ${withAddresses(scene, line)}\n} 2>&1`], { cwd: workingDirectory, env: { ...env, PATH: `${bin}:${env["PATH"] ?? ""}` }, timeout: 40_000 }, (error, stdout) => {
      resolve({ exitCode: error === null ? 0 : typeof error.code === "number" ? error.code : null, output: inDocumentsWords(scene, stdout) });
    }).stdin?.end();
  });
}

/** The same in a terminal; `answer` is typed at the first question, or when the screen stands. */
export async function runInTerminal(scene: Scene, line: string, answer: string): Promise<Outcome> {
  const [name, ...words] = withAddresses(scene, line).split(" ");
  if (name !== "mcpass" || /["'|&<>$]/.test(line)) throw new Error(`only plain words of mcpass can be answered: ${line}`);
  const session = startInTerminal(words, { home: scene.walk.home.directory, cwd: scene.workingDirectory, env: scene.environment });
  try {
    await session.waitFor(/\[(y\/N|1-\d+, or q to leave)\]|[⊙@] \d+ MCP/);
    session.type(`${answer}\r`);
    const { exitCode } = await session.ended;
    return { exitCode, output: inDocumentsWords(scene, session.screen()) };
  } finally {
    await session.stop();
  }
}

/** Interrupts it once it has said `word`. A `mcpass serve` listens where the scene's address of it leads. */
export async function runUntil(scene: Scene, line: string, word: string): Promise<Outcome> {
  const [name, ...words] = withAddresses(scene, line).split(" ");
  if (name !== "mcpass" || /["'|&<>$]/.test(line)) throw new Error(`only plain words of mcpass can be interrupted: ${line}`);
  const port = new URL(scene.addresses["http://127.0.0.1:4190"] ?? "http://127.0.0.1:4190").port;
  const program = scene.walk.start(words[0] === "serve" && !words.includes("--port") ? [...words, "--port", port] : words, { cwd: scene.workingDirectory, env: scene.environment });
  await program.waitFor(new RegExp(word));
  program.signal("SIGINT");
  const { exitCode, stdout, stderr } = await program.ended;
  return { exitCode, output: inDocumentsWords(scene, stdout + stderr) };
}

async function makeBin({ walk }: Scene): Promise<string> {
  const bin = join(walk.home.directory, "bin");
  const file = join(bin, "mcpass");
  await mkdir(bin, { recursive: true });
  await writeFile(file, `#!/bin/sh\nexec '${process.execPath}' '${requireBuilt()}' "$@"\n`);
  await chmod(file, 0o755);
  return bin;
}

function withAddresses({ addresses }: Scene, line: string): string {
  return Object.entries(addresses).reduce((text, [written, meant]) => text.replaceAll(written, meant), line);
}

/** The way back, and what differs from run to run made stable. */
function inDocumentsWords({ addresses, walk }: Scene, output: string): string {
  return Object.entries(addresses)
    .reduce((text, [written, meant]) => text.replaceAll(meant, written), output)
    .replaceAll(walk.home.directory, "~")
    .replace(/\?response_type=code\S+/g, "?…")
    .replace(/\bclient-[\w-]+/g, "CLIENT")
    .replace(/\?ticket=\S+/g, "?ticket=…")
    .replace(/\(process \d+\)/g, "(process NUMBER)")
    .replace(/\(until [^,]*,/g, "(until 14:15,")
    .trim();
}
