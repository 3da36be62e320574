import { plainText } from "../../../base/redact.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { type ConnectFlags, withConnection } from "../connect-to-server.ts";
import { jsonDocument } from "../json-words.ts";
import { signatureWords } from "../schema-words.ts";

export async function tools(context: CommandContext, [word = ""]: readonly string[], flags: ConnectFlags): CommandResult {
  await withConnection(context, word, flags, async ({ connection, progress }) => {
    const { terminal } = context;
    progress.show("reading the tools…");
    const found = await connection.listTools();
    progress.clear();
    if (flags.json === true) return terminal.print(jsonDocument({ server: connection.name, tools: found }));
    if (found.length === 0) return terminal.say(`${plainText(connection.name)} has no tools.`);
    for (const { name, title, description, inputSchema } of found) {
      terminal.print(`${terminal.out.bold(plainText(name))}${terminal.out.dim(plainText(signatureWords(inputSchema), 500))}`);
      const words = plainText(description ?? title ?? "", 240);
      if (words !== "") terminal.print(`    ${words}`);
    }
  });
}
