import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../scripts/build.mjs", import.meta.url));

/** Vitest's global set-up: builds the program once, unless `npm test` has. A build that fails fails every test that starts the program, with its reason. */
export async function setup(): Promise<void> {
  if (process.env["MCPASS_TEST_BUILT"] === "1") return;
  try {
    await promisify(execFile)(process.execPath, [script, "--program-only"], { timeout: 120_000 });
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    process.env["MCPASS_TEST_BUILD_FAILURE"] = (stderr ?? "").trim() || message;
  }
}
