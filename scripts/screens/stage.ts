import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { makeHome } from "../../test/rig/program.ts";
import { startInTerminal, type TerminalSession } from "../../test/rig/terminal.ts";
import { listen } from "../../test/servers/listener.ts";
import { tryingServer } from "../../test/servers/trying-server.ts";
import { startDemoServers } from "../demo/servers.ts";

export interface Stage {
  /** The screen, in a window of that size. */
  open(size: { readonly columns: number; readonly rows: number }): TerminalSession;
  /** What a person does in the browser that was asked to open this address. */
  approve(address: string): Promise<void>;
  /** Lets a call that waits come to its end. */
  release(): void;
  stop(): Promise<void>;
}

/** The demonstration's servers and one to try out, on this machine, with a home of their own. */
export async function openStage(root: string): Promise<Stage> {
  const demo = await startDemoServers();
  const trying = tryingServer();
  const tasks = await listen(demo.ledger, "tasks", trying.handle);
  const home = await makeHome();
  await home.configure({ ...demo.entries, tasks: { type: "remote", url: `${tasks.origin}/mcp` } });
  const follow = join(root, "test/rig/follow.mjs");
  const program = join(root, "dist/main.cjs");
  const environment = { ...demo.environment, LANG: "C.UTF-8", FOLLOW_LOGIN: "alice" };
  const sessions: TerminalSession[] = [];
  return {
    open: (size) => {
      // A browser that opens, and in which nobody does anything yet.
      const session = startInTerminal(["tui"], { ...size, program, home: home.directory, env: { ...environment, BROWSER: `"${process.execPath}" -e 0` }, timeoutMs: 120_000 });
      sessions.push(session);
      return session;
    },
    approve: async (address) => void (await promisify(execFile)(process.execPath, [follow, address], { env: { ...process.env, FOLLOW_LOGIN: "alice" } })),
    release: trying.release,
    stop: async () => {
      for (const session of sessions) await session.stop();
      await tasks.stop();
      await demo.stop();
      await home.remove();
    },
  };
}
