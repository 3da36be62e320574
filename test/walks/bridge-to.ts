import { type Loose, type StdioHost, stdioHost } from "../rig/stdio-host.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import { type ScriptedCall, scriptedServer, type ScriptedServer } from "../servers/scripted-mcp.ts";

/** A bridge, for a host that speaks by itself. */
export function startBridge(walk: Walk, args: readonly string[] = ["example"], options: Parameters<Walk["start"]>[1] = {}): StdioHost {
  return stdioHost(walk.start(["bridge", ...args], { stdin: "open", timeoutMs: 90_000, ...options }));
}

/** A bridge to a server that answers calls like this. */
export async function bridgeTo(call: (call: ScriptedCall) => unknown, entry: object = {}): Promise<{ readonly walk: Walk; readonly host: StdioHost; readonly server: ScriptedServer }> {
  const walk = await openWalk();
  const server = scriptedServer(call);
  const { origin } = await walk.bystander("upstream", server.handle);
  await walk.configure({ example: { type: "remote", url: `${origin}/mcp`, oauth: false, ...entry } });
  return { walk, host: startBridge(walk), server };
}

export const callDo = { name: "do", arguments: {} };

/** The text of a tool's result. */
export function words(message: { readonly result?: Loose }): string {
  return message.result?.content?.[0]?.text;
}
