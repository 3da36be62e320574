import type { McpassError } from "../../base/errors.ts";
import { plainText } from "../../base/redact.ts";
import type { AuthorizationNotice, SignInOptions } from "../../connection/manager.ts";
import type { CommandContext } from "./command-context.ts";
import { consentLines } from "./sign-in-words.ts";
import { clockWords } from "./time-words.ts";

export interface SignInFlags {
  readonly account?: string | undefined;
  readonly scope?: string | undefined;
  readonly force?: boolean | undefined;
  /** Milliseconds; the flag is in seconds. */
  readonly timeout?: number | undefined;
  readonly browser?: string | boolean | undefined;
  /** Sign in at another device. */
  readonly device?: boolean | undefined;
}

/**
 * Runs `work` with the way in which a sign-in talks to this terminal: consent line and URL on standard error, the browser, and a pasted
 * address where a person can type one. Nothing is asked where there is no terminal. H01, H04
 */
export async function withInteractiveSignIn<T>(context: CommandContext, flags: SignInFlags, onEvent: (notice: AuthorizationNotice) => void, work: (options: SignInOptions) => Promise<T>): Promise<T> {
  const { terminal, signal } = context;
  const done = new AbortController();
  const opensBrowser = flags.browser !== false;
  try {
    return await work({
      account: flags.account,
      scope: flags.scope,
      force: flags.force,
      timeoutMs: flags.timeout,
      device: flags.device,
      openBrowser: opensBrowser,
      signal,
      onAuthorization: async (notice) => {
        onEvent(notice);
        if (notice.device === undefined) return showAuthorization(context, notice, opensBrowser);
        const { showDeviceCode } = await import("./device-code.ts");
        await showDeviceCode(context, notice, notice.device);
      },
      pasted: terminal.interactive ? pastedLines(context, AbortSignal.any([signal, done.signal])) : undefined,
      onPasteRefused: (error) => terminal.insist(pasteRefusal(error)),
      onNotice: (message) => terminal.say(plainText(message, 1000)),
    });
  } finally {
    done.abort();
  }
}

/** Who asks whom for what. */
export function sayConsent({ terminal }: CommandContext, notice: AuthorizationNotice): void {
  terminal.say(terminal.err.bold(`Signing in to ${plainText(notice.server)}`));
  for (const line of consentLines(notice, terminal.err)) terminal.say(line);
}

function showAuthorization(context: CommandContext, notice: AuthorizationNotice, opensBrowser: boolean): void {
  const { terminal } = context;
  const { err } = terminal;
  sayConsent(context, notice);
  terminal.say(addressWords(notice, opensBrowser));
  const url = new URL(notice.url).href;
  terminal.insist(terminal.link(err.underline(url), url));
  const until = clockWords(notice.expiresAt, context.runtime().now());
  terminal.say(`Waiting for ${notice.ledBy === undefined ? "the browser" : "that process"}… (until ${until}, Ctrl-C to cancel)`);
  if (terminal.interactive) terminal.say("or paste the address the browser was sent to:");
}

function addressWords({ ledBy, server }: AuthorizationNotice, opensBrowser: boolean): string {
  if (ledBy !== undefined) return `Another mcpass (process ${String(ledBy)}) is signing in to ${plainText(server)}; the address is the same:`;
  return opensBrowser ? "Opening the browser; if it does not appear, open this address yourself:" : "Open this address in a browser:";
}

/** Empty lines are a person pressing Return, not an answer. */
async function* pastedLines(context: CommandContext, signal: AbortSignal): AsyncGenerator<string, void, void> {
  for (;;) {
    const line = await context.terminal.lines.next(signal);
    if (line === undefined) return;
    if (line.trim() !== "") yield line.trim();
  }
}

function pasteRefusal(error: McpassError): string {
  return `${plainText(error.message, 500)} Still waiting: paste the whole address, or finish in the browser.`;
}
