import { McpassError } from "../../../base/errors.ts";
import { plainText, shownAddress } from "../../../base/redact.ts";
import { shellWord } from "../../../base/shell-word.ts";
import type { Connection } from "../../../connection/manager.ts";
import { identityJson } from "../account-words.ts";
import { callEveryTool, type ToolTrial, worstOf } from "../call-every-tool.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import { type Connected, type ConnectFlags, withConnection } from "../connect-to-server.ts";
import { inspectionText } from "../inspection-words.ts";
import { jsonDocument } from "../json-words.ts";
import { confirm } from "../questions.ts";
import { toMcpassError } from "../render-error.ts";
import { sampleArguments } from "../sample-arguments.ts";
import { asSchema } from "../schema-words.ts";

interface InspectFlags extends ConnectFlags {
  readonly callAll?: boolean;
  readonly yes?: boolean;
}

/** What came of reading the first of a kind. */
export type FirstRead = { readonly name: string; readonly result: unknown } | { readonly name: string; readonly error: McpassError };

export interface Inspection {
  readonly connection: Connection;
  readonly tools: Awaited<ReturnType<Connection["listTools"]>>;
  readonly prompts: readonly unknown[];
  readonly resources: readonly unknown[];
  readonly firstPrompt: FirstRead | undefined;
  readonly firstResource: FirstRead | undefined;
}

export async function inspect(context: CommandContext, [word = ""]: readonly string[], flags: InspectFlags): CommandResult {
  if (flags.callAll === true && flags.yes !== true && !context.terminal.interactive) {
    throw new McpassError("usage", "--call-all runs every tool of the server, so it asks first, and there is no terminal to ask in", { hint: `mcpass inspect ${shellWord(shownAddress(word))} --call-all --yes` });
  }
  return withConnection(context, word, flags, async (connected) => {
    const inspection = await look(connected);
    connected.progress.clear();
    if (flags.json !== true) context.terminal.print(inspectionText(inspection, context.terminal.out));
    const trials = flags.callAll === true ? await tryTools(context, connected, inspection, flags) : undefined;
    if (flags.json === true) context.terminal.print(jsonDocument(toJson(inspection, trials)));
    return worstOf([...[inspection.firstPrompt, inspection.firstResource].flatMap((read) => (read !== undefined && "error" in read ? [read.error] : [])), ...(trials ?? []).flatMap(({ error }) => error ?? [])]);
  });
}

async function look({ connection, progress }: Connected): Promise<Inspection> {
  progress.show("reading tools, prompts and resources…");
  const [tools, prompts, resources] = [await connection.listTools(), await connection.listPrompts(), await connection.listResources()];
  const prompt = asSchema(prompts[0]);
  const resource = asSchema(resources[0]);
  return {
    connection,
    tools,
    prompts,
    resources,
    firstPrompt: typeof prompt["name"] === "string" ? await tryRead(prompt["name"], (name) => connection.getPrompt(name, promptArguments(prompt["arguments"]))) : undefined,
    firstResource: typeof resource["uri"] === "string" ? await tryRead(resource["uri"], (uri) => connection.readResource(uri)) : undefined,
  };
}

async function tryRead(name: string, read: (name: string) => Promise<unknown>): Promise<FirstRead> {
  try {
    return { name, result: await read(name) };
  } catch (thrown) {
    return { name, error: toMcpassError(thrown) };
  }
}

/** Prompts take texts only. */
function promptArguments(declared: unknown): Record<string, string> {
  const required = (Array.isArray(declared) ? declared : []).map(asSchema).filter((argument) => argument["required"] === true);
  return Object.fromEntries(required.flatMap(({ name }) => (typeof name === "string" ? [[name, "example"]] : [])));
}

async function tryTools(context: CommandContext, { connection, progress }: Connected, { tools }: Inspection, flags: InspectFlags): Promise<readonly ToolTrial[] | undefined> {
  const count = tools.length === 1 ? "its tool" : `all ${tools.length} tools`;
  if (tools.length === 0) return [];
  if (flags.yes !== true && !(await confirm(context, `Call ${count} of ${plainText(connection.name)} with made-up arguments? They may change things there.`))) return undefined;
  return callEveryTool(context, connection, progress, tools.map(({ name, inputSchema }) => ({ name, given: sampleArguments(inputSchema) })), flags.json === true);
}

function toJson({ connection, tools, prompts, resources, firstPrompt, firstResource }: Inspection, trials: readonly ToolTrial[] | undefined): object {
  const { url, command, status, account, identity, protocolVersion } = connection.snapshot();
  const { name, version, instructions } = connection.serverInfo();
  return {
    server: { name: connection.name, url: url ?? null, command: command ?? null, status, account: account ?? null, identity: identityJson(identity), protocolVersion: protocolVersion ?? null },
    serverInfo: { name: name ?? null, version: version ?? null },
    instructions: instructions ?? null,
    tools,
    prompts,
    resources,
    firstPrompt: readToJson(firstPrompt),
    firstResource: readToJson(firstResource),
    calls: trials?.map(({ name: tool, given, result, error }) => ({ tool, arguments: given, result: result ?? null, error: error?.toJSON() ?? null })) ?? null,
  };
}

function readToJson(read: FirstRead | undefined): object | null {
  if (read === undefined) return null;
  return "error" in read ? { name: read.name, error: read.error.toJSON() } : { name: read.name, result: read.result };
}
