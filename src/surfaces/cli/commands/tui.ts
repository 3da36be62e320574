import { McpassError } from "../../../base/errors.ts";
import type { Manager } from "../../../connection/manager.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { openSession } from "../server-session.ts";
import { screenWords } from "../screen-words.ts";

interface TuiFlags {
  /** false: --no-browser. */
  readonly browser?: string | boolean;
}

/** Shows the screen until it is left or interrupted. */
export async function tui(context: CommandContext, _words: readonly string[], { browser }: TuiFlags): CommandResult {
  const { terminal } = context;
  if (!terminal.fullScreen) throw new McpassError("usage", "the screen needs a terminal on standard input and output", { hint: "mcpass list" });
  const loading = import("../../tui/open-screen.ts");
  const runtime = context.runtime(typeof browser === "string" ? browser : undefined);
  const session = await openSession(context);
  const { createManager } = await import("../../../connection/manager.ts");
  let manager: Manager | undefined;
  const open = async (url: string): Promise<string | undefined> => {
    const { opened, reason } = await runtime.openBrowser(url);
    return opened ? undefined : (reason ?? "no reason known");
  };
  try {
    const { openScreen } = await loading;
    await openScreen({ manager: (elicit) => (manager = createManager({ ...session, elicit })), words: screenWords(runtime.now), streams: process, place: terminal.place, now: runtime.now, opensBrowser: browser !== false, signal: context.signal, openBrowser: open });
  } finally {
    await manager?.close();
  }
}
