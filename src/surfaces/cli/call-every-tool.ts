import type { McpassError } from "../../base/errors.ts";
import { plainText } from "../../base/redact.ts";
import type { CallToolResult, Connection } from "../../connection/manager.ts";
import type { CommandContext } from "./command-context.ts";
import { exitCodes, exitDone } from "./exit-codes.ts";
import type { ProgressLine } from "./progress-line.ts";
import { toMcpassError } from "./render-error.ts";
import { resultText } from "./tool-result-words.ts";

export interface ToolTrial {
  readonly name: string;
  readonly given: Readonly<Record<string, unknown>>;
  readonly result: CallToolResult | undefined;
  readonly error: McpassError | undefined;
}

/** One after the other; a tool that fails is told of and does not keep the others. An interruption does. */
export async function callEveryTool(context: CommandContext, connection: Connection, progress: ProgressLine, tools: readonly Pick<ToolTrial, "name" | "given">[], silent: boolean): Promise<readonly ToolTrial[]> {
  const trials: ToolTrial[] = [];
  for (const { name, given } of tools) {
    progress.show(`calling ${plainText(name)}…`);
    const trial = await tryTool(context, connection, name, { ...given });
    trials.push(trial);
    progress.clear();
    if (!silent) context.terminal.print(trialLine(context, trial));
  }
  return trials;
}

async function tryTool(context: CommandContext, connection: Connection, name: string, given: Record<string, unknown>): Promise<ToolTrial> {
  try {
    return { name, given, result: await connection.callTool(name, given, { signal: context.signal }), error: undefined };
  } catch (thrown) {
    if (context.signal.aborted) throw thrown;
    return { name, given, result: undefined, error: toMcpassError(thrown) };
  }
}

function trialLine({ terminal }: CommandContext, { name, result, error }: ToolTrial): string {
  const { out } = terminal;
  const words = plainText(error?.message ?? resultText(result, { forTerminal: true }), 160);
  const failed = error !== undefined || result?.isError === true;
  return `${failed ? out.red("✗") : out.green("✓")} ${out.bold(plainText(name))}  ${words}`;
}

/** What one operation may end in while the server is there and speaks MCP. */
const ownAffairs: ReadonlySet<string> = new Set(["tool_unknown", "tool_failed", "protocol_failed", "server_failed", "timed_out", "answer_invalid"]);

/** A tool, prompt or resource that fails is its own business; a sign-in that is needed, or a server that is gone, decides the exit code. */
export function worstOf(errors: readonly McpassError[]): number {
  return errors.filter(({ code }) => !ownAffairs.has(code)).reduce((worst, { code }) => Math.max(worst, exitCodes[code]), exitDone);
}
