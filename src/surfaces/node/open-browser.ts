import type { OpenBrowser } from "../../base/runtime.ts";
import { chooseBrowser, type BrowserChoice, type BrowserOptions } from "./browser-command.ts";

/** How long a failure of the opener is waited for; one that still runs then has opened something. */
const watchMs = 2_000;

type Outcome = Awaited<ReturnType<OpenBrowser>>;

/**
 * Opens http(s) URLs with the person's or the system's program, as one argument and never through a shell. Z01, H06
 * Resolves within 2 s and never rejects; nothing started here keeps the process alive, the waiting included.
 */
export function createOpenBrowser(options: BrowserOptions): OpenBrowser {
  return async (url) => {
    const address = safeAddress(url);
    if (address === undefined) return { opened: false, reason: "the URL is not one that is safe to hand to another program" };
    const choice = chooseBrowser(options);
    return "reason" in choice ? { opened: false, reason: choice.reason } : await run(choice, address, options.environment);
  };
}

/** The URL as WHATWG writes it, or undefined unless it is http(s) and free of blanks, quotes, backslashes and control characters. */
function safeAddress(url: string): string | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) return undefined;
  return [url, parsed.href].some((text) => /[\p{Cc}\p{Z}"'`\\]/u.test(text)) ? undefined : parsed.href;
}

async function run({ words, named }: BrowserChoice, address: string, environment: BrowserOptions["environment"]): Promise<Outcome> {
  const { spawn } = await import("node:child_process");
  const [program, ...given] = words;
  const placed = given.map((word) => word.split("%s").join(address));
  const argv = given.some((word) => word.includes("%s")) ? placed : [...given, address];
  return await new Promise((resolve) => {
    const fail = (reason: string): void => resolve({ opened: false, reason: `${program} ${reason}` });
    try {
      // The system's opener may become the browser itself: Ctrl-C here must not reach it. A named command stays ours.
      const child = spawn(program, argv, { stdio: "ignore", shell: false, windowsHide: true, detached: !named, env: { ...environment } });
      const timer = setTimeout(() => resolve({ opened: true }), watchMs).unref();
      child.unref();
      child.once("error", (error: NodeJS.ErrnoException) => fail(`could not be started (${error.code ?? error.message})`));
      child.once("exit", (code, signal) => {
        clearTimeout(timer);
        if (code === 0) resolve({ opened: true });
        else fail(code === null ? `was ended by ${signal ?? "a signal"}` : `ended with exit code ${code}`);
      });
    } catch (error) {
      fail(`could not be started (${error instanceof Error && "code" in error ? String(error.code) : "refused"})`);
    }
  });
}
