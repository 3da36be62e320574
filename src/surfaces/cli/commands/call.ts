import { plainText } from "../../../base/redact.ts";
import type { Connection } from "../../../connection/manager.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { type ConnectFlags, withConnection } from "../connect-to-server.ts";
import { exitDone, exitFailed } from "../exit-codes.ts";
import { jsonDocument } from "../json-words.ts";
import { mergeArguments, readArguments } from "../tool-arguments.ts";
import { resultText } from "../tool-result-words.ts";

interface CallFlags extends ConnectFlags {
  readonly args?: string;
}

export async function call(context: CommandContext, [word = "", toolName = "", ...pairs]: readonly string[], flags: CallFlags): CommandResult {
  const given = await readArguments(flags.args, { workingDirectory: context.runtime(typeof flags.browser === "string" ? flags.browser : undefined).workingDirectory, stdin: () => context.terminal.readAll(context.signal) });
  mergeArguments(given, pairs, undefined);
  return withConnection(context, word, flags, async ({ connection, progress }) => {
    const schema = pairs.length === 0 ? undefined : await schemaOf(connection, toolName);
    progress.show(`calling ${toolName}…`);
    const result = await connection.callTool(toolName, mergeArguments(given, pairs, schema), {
      signal: context.signal,
      onProgress: ({ message, progress: done, total }) => progress.show(`${toolName}: ${plainText(message ?? "")} ${total === undefined ? done : `${done}/${total}`}`),
    });
    progress.clear();
    return showResult(context, toolName, result, flags.json === true);
  });
}

/** Whether `limit=5` is a number or a text is for the tool's schema to say; JSON says it itself, and then nobody is asked. */
async function schemaOf(connection: Connection, tool: string): Promise<unknown> {
  return (await connection.listTools()).find(({ name }) => name === tool)?.inputSchema;
}

/** The result is the data, also when the tool reports an error in it: that is the exit code's to say. */
function showResult({ terminal }: CommandContext, tool: string, result: Awaited<ReturnType<Connection["callTool"]>>, json: boolean): number {
  const words = json ? jsonDocument(result) : resultText(result, { forTerminal: terminal.outIsTerminal });
  if (words !== "") terminal.print(words);
  if (result.isError !== true) return exitDone;
  terminal.insist(`${terminal.err.red("error:")} the tool ${plainText(tool)} reported an error`);
  return exitFailed;
}
