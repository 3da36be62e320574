import { McpassError } from "../../../base/errors.ts";
import type { Runtime } from "../../../base/runtime.ts";
import type { Manager } from "../../../connection/manager.ts";
import type { Ask, ScreenManager } from "../../tui/open-screen.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { openSession } from "../server-session.ts";
import { screenWords } from "../screen-words.ts";

interface TuiFlags {
  /** false: --no-browser. */
  readonly browser?: string | boolean;
  readonly attach?: string;
}

/** Shows the screen until it is left or interrupted. */
export async function tui(context: CommandContext, _words: readonly string[], { browser, attach }: TuiFlags): CommandResult {
  const { terminal } = context;
  if (!terminal.fullScreen) throw new McpassError("usage", "the screen needs a terminal on standard input and output", { hint: "mcpass list" });
  const loading = import("../../tui/open-screen.ts");
  const runtime = context.runtime(typeof browser === "string" ? browser : undefined);
  const own = attach === undefined ? await ownManager(context) : undefined;
  const base = attach === undefined ? undefined : await serverOf(attach, runtime);
  const { openScreen, attachTo } = await loading;
  const manager = base === undefined ? (ask: Ask): ScreenManager => own?.make(ask) as Manager : (ask: Ask): ScreenManager => attachTo(base, runtime.now, ask);
  try {
    await openScreen({ manager, words: screenWords(runtime.now), streams: process, place: terminal.place, now: runtime.now, opensBrowser: browser !== false, signal: context.signal, openBrowser: opener(runtime) });
  } finally {
    await own?.close();
  }
}

function opener(runtime: Runtime): (url: string) => Promise<string | undefined> {
  return async (url) => {
    const { opened, reason } = await runtime.openBrowser(url);
    return opened ? undefined : (reason ?? "no reason known");
  };
}

async function ownManager(context: CommandContext): Promise<{ readonly make: (elicit: Ask) => Manager; readonly close: () => Promise<void> }> {
  const session = await openSession(context);
  const { createManager } = await import("../../../connection/manager.ts");
  let manager: Manager | undefined;
  return { make: (elicit) => (manager = createManager({ ...session, elicit })), close: async () => manager?.close() };
}

/** Where a `mcpass serve` is, and what opens it. The token of this machine is shown on this machine only. */
async function serverOf(attach: string, runtime: Runtime): Promise<{ readonly base: string; readonly token: string }> {
  const url = URL.canParse(attach) ? new URL(attach) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw new McpassError("usage", `${attach} is no address of a mcpass serve`, { hint: "mcpass tui --attach http://127.0.0.1:4190" });
  const isHere = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  const given = runtime.environment["MCPASS_TOKEN"];
  if (!isHere && url.protocol !== "https:") throw new McpassError("url_insecure", `The token of ${url.host} would go over plain HTTP.`, { hint: `mcpass tui --attach https://${url.host}` });
  if (!isHere && given === undefined) throw new McpassError("usage", `${url.host} is another machine, with a token of its own`, { hint: "set MCPASS_TOKEN to what mcpass serve --print-token prints there" });
  return { base: url.origin, token: given ?? (await (await import("../../http/serve.ts")).requireServeToken(runtime.directories.data)) };
}
