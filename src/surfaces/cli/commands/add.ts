import { join, resolve } from "node:path";
import { McpassError } from "../../../base/errors.ts";
import { plainText } from "../../../base/redact.ts";
import { addServer } from "../../../config/edit-config.ts";
import { projectConfigFile } from "../../../config/find-config.ts";
import { secretNames } from "../../../config/grant-keys.ts";
import { readHeaderFlags } from "../../../config/override-entry.ts";
import type { Runtime } from "../../../base/runtime.ts";
import { shellWord } from "../../../base/shell-word.ts";
import type { CommandContext, CommandResult } from "../command-context.ts";
import type { OverrideFlags } from "../override-flags.ts";
import { secretReferences } from "../secret-flags.ts";

interface AddFlags extends OverrideFlags {
  readonly project?: boolean;
  readonly env?: readonly string[];
}

export async function add(context: CommandContext, [name = "", ...target]: readonly string[], flags: AddFlags): CommandResult {
  const runtime = context.runtime();
  const kept = { ...flags, ...absolutePaths(runtime, flags) };
  const value = isCommand(context, target) ? localEntry(target, kept) : remoteEntry(target, kept);
  const { file } = await addServer(runtime, { name, value, file: await chosenFile(context, runtime, flags) });
  const { terminal } = context;
  terminal.say(`${terminal.err.green("✓")} Added ${plainText(name)} to ${file}`);
  if (writesSecret(flags)) terminal.say(`${terminal.err.yellow("warning:")} ${flags.clientSecret === undefined ? "the value of a header" : "the client secret"} stands there in plain text; a value like {env:NAME} would keep it out of the file`);
  terminal.say(`${terminal.err.cyan("hint:")} ${flags.project === true ? "mcpass trust, then " : ""}mcpass ${"url" in value ? "auth" : "inspect"} ${shellWord(name)}`);
}

/** The entry's paths start at its file's folder; those of the flags start here. */
function absolutePaths({ workingDirectory }: Runtime, flags: AddFlags): OverrideFlags {
  const files = secretNames.flatMap((name) => (flags[`${name}File`] === undefined ? [] : [[`${name}File`, resolve(workingDirectory, flags[`${name}File`] ?? "")]]));
  return Object.fromEntries(files);
}

function writesSecret({ header = [], clientSecret }: AddFlags): boolean {
  return clientSecret !== undefined || header.some((text) => /^[^:=]*(authorization|cookie|key|token|secret|password)/i.test(text) && !/\{(env|file):/.test(text));
}

/** What stands after `--` is a command, whatever it looks like. */
function isCommand({ words }: CommandContext, target: readonly string[]): boolean {
  if (words.includes("--")) return true;
  if (target.length === 1) return false;
  throw new McpassError("usage", target.length === 0 ? "what is to be added is missing: an https:// address, or -- and a command" : "a command needs -- before it, so that its flags are its own", {
    hint: target.length === 0 ? "mcpass add <name> <url>, or mcpass add <name> -- <command> [args...]" : `mcpass add <name> -- ${target.map(shellWord).join(" ")}`,
  });
}

function localEntry(command: readonly string[], flags: AddFlags): object {
  const remoteOnly = Object.keys({ ...oauthSettings(flags), ...given({ header: flags.header, transport: flags.transport, account: flags.account }) });
  if (command.length === 0) throw new McpassError("usage", "the command after -- is missing", { hint: "mcpass add <name> -- npx some-server" });
  if (remoteOnly.length > 0) throw new McpassError("usage", `${remoteOnly.map(flagName).join(", ")} is for remote servers only`);
  const environment = flags.env === undefined ? undefined : Object.fromEntries(flags.env.map(parseVariable));
  return { type: "local", command, ...given({ environment, protocol: flags.protocol }) };
}

function remoteEntry([url]: readonly string[], flags: AddFlags): object {
  if (flags.env !== undefined) throw new McpassError("usage", "--env is for local servers only; a remote one takes --header");
  const oauth = oauthSettings(flags);
  const headers = flags.header === undefined ? undefined : readHeaderFlags(flags.header);
  return { type: "remote", url, ...given({ headers, oauth: Object.keys(oauth).length === 0 ? undefined : oauth, account: flags.account, transport: flags.transport, protocol: flags.protocol }) };
}

/** Secrets stay where they are: the entry only says where. */
function oauthSettings(flags: AddFlags): Readonly<Record<string, unknown>> {
  const { clientId, clientMetadataUrl, scope, callbackPort, redirectUri, grant, signingAlg, idpIssuer, idpTokenEndpoint, idpClientId, dpop } = flags;
  return given({
    clientId,
    ...secretReferences(flags),
    clientMetadataUrl,
    scope,
    callbackPort,
    callbackHost: flags.callbackHost,
    callbackBind: flags.callbackBind,
    callbackPath: flags.callbackPath,
    redirectUri,
    resource: flags.resource === "none" ? false : flags.resource,
    grant,
    signingAlg,
    idpIssuer,
    idpTokenEndpoint,
    idpClientId,
    dpop,
  });
}

function given(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function flagName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function parseVariable(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new McpassError("usage", "--env needs NAME=VALUE", { hint: "to use a variable of your shell without writing its value down: --env 'NAME={env:NAME}'" });
  return [text.slice(0, at), text.slice(at + 1)];
}

/** undefined is the user's own file. */
async function chosenFile({ flags: { config } }: CommandContext, runtime: Runtime, flags: AddFlags): Promise<string | undefined> {
  if (config !== undefined && flags.project === true) throw new McpassError("usage", "--config and --project cannot be used together");
  if (flags.project !== true) return config;
  return (await projectConfigFile(runtime)) ?? join(runtime.workingDirectory, "mcpass.jsonc");
}
