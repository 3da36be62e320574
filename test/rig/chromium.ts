import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { waitUntil } from "./wait.ts";

/** The callback page as Chromium showed it. URLs are without their query. */
export interface ChromiumReport {
  readonly url: string;
  /** How often the callback answered the browser. */
  readonly answers: number;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly title: string;
  /** What a person reads. */
  readonly text: string;
  readonly html: string;
  readonly scripts: number;
  readonly violations: readonly string[];
  /** From the callback on: `document http://127.0.0.1:19876/callback`. */
  readonly requests: readonly string[];
  readonly console: readonly string[];
  readonly dialogs: readonly string[];
  /** By day and by night: what is behind everything, and the contrast of the text that is the hardest to read. */
  readonly looks: Readonly<Record<"light" | "dark", { readonly background: string; readonly contrast: number }>>;
}

export interface ChromiumBrowser {
  /** For the program's environment; BROWSER is in it. */
  readonly environment: Readonly<Record<string, string>>;
  /** When the browser has ended. Throws with the browser's reason when it did not come to the callback page. */
  report(): Promise<ChromiumReport>;
  /** Ends it if it has not ended. */
  stop(): Promise<void>;
}

const script = fileURLToPath(new URL("chromium.mjs", import.meta.url));

/** `directory` receives the report and the pictures; one browser is for one sign-in. Throws when this machine has no Chromium. */
export function chromiumBrowser(directory: string): ChromiumBrowser {
  const file = join(directory, `pages-${String(process.hrtime.bigint())}.json`);
  return {
    environment: { BROWSER: `${process.execPath} ${script}`, CHROMIUM_PROGRAM: requireChromium(), CHROMIUM_REPORT: file },
    async report() {
      const text = await waitUntil(() => readFile(file, "utf8").catch(() => undefined), "Chromium's report", 60_000);
      const report = JSON.parse(text) as ChromiumReport | { readonly failure: string };
      if ("failure" in report) throw new Error(`Chromium: ${report.failure}`);
      return report;
    },
    async stop() {
      const started = await readFile(`${file}.pid`, "utf8").catch(() => undefined);
      if (started === undefined || existsSync(file)) return;
      // Told to end, it ends its Chromium first.
      endProcess(Number(started), "SIGTERM");
      await waitUntil(() => existsSync(file), "Chromium to end", 5_000).catch(() => endProcess(Number(started), "SIGKILL"));
    },
  };
}

/** Throws when this machine has none. */
export function requireChromium(): string {
  const directories = (process.env["PATH"] ?? "").split(delimiter).filter((directory) => directory !== "");
  const found = ["chromium", "chromium-browser", "google-chrome"].flatMap((name) => directories.map((directory) => join(directory, name))).find((path) => existsSync(path));
  if (found === undefined) throw new Error("these walks need Chromium and there is none on PATH: `npm test` installs it on Debian as root, elsewhere install it yourself");
  return found;
}

function endProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
