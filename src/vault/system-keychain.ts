import { createRequire } from "node:module";

import type { Keychain } from "./keychain.ts";

const service = "mcpass";

/**
 * What the child runs: the package and the operation are its arguments, a value comes and goes by pipes only. On Linux the kernel's own keyring, which
 * the package would fall back to, is no place for a key: it forgets at the next start of the machine.
 */
const childProgram = `
const [, path, service, operation, item] = process.argv;
let value = "";
process.stdin.setEncoding("utf8").on("data", (text) => (value += text)).on("end", async () => {
  try {
    const { AsyncEntry } = require(path);
    const entry = new AsyncEntry(service, item, { linux: { store: "secret-service" } });
    const found = operation === "get" ? await entry.getPassword() : operation === "set" ? await entry.setPassword(value) : await entry.deletePassword();
    process.stdout.write(JSON.stringify({ found: operation === "get" ? found : null }));
  } catch (thrown) {
    process.stdout.write(JSON.stringify({ problem: String(thrown && thrown.message) }));
  }
});`;

/**
 * The keychain of this system. Asked in a child process: a keychain that does not answer keeps the thread that asks it, and with it the process, for
 * as long as it likes, and only a process can be ended whatever it waits for. Rejects where the system has none, or the package for it is not installed. S03
 */
export async function openSystemKeychain(): Promise<Keychain> {
  const { spawn } = await import("node:child_process");
  const path = createRequire(import.meta.url).resolve("@napi-rs/keyring");
  const { NODE_OPTIONS: _, MCPASS_KEY: _key, MCPASS_NEW_KEY: _newKey, ...inherited } = process.env;
  const run = (words: readonly string[], input: string, signal: AbortSignal): Promise<string | undefined> =>
    new Promise((resolve, reject) => {
      let printed = "";
      const child = spawn(process.execPath, ["-e", childProgram, path, service, ...words], {
        env: { ...inherited, ELECTRON_RUN_AS_NODE: "1" },
        stdio: ["pipe", "pipe", "ignore"],
        windowsHide: true,
        signal,
        killSignal: "SIGKILL",
      });
      child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
      child.stdin.on("error", () => undefined).end(input);
      child.once("error", reject);
      child.once("close", () => {
        try {
          const { found, problem } = JSON.parse(printed) as { found?: string | null; problem?: string };
          if (problem === undefined) resolve(found ?? undefined);
          else reject(new Error(problem));
        } catch {
          reject(new Error("it ended without an answer"));
        }
      });
    });
  return {
    get: (item, signal) => run(["get", item], "", signal),
    set: async (item, value, signal) => void (await run(["set", item], value, signal)),
    remove: async (item, signal) => void (await run(["remove", item], "", signal)),
  };
}
