import { commandWords, serverThroughUs } from "../application/bridge-entry.ts";
import { isRawObject, type RawObject } from "../lower-entry.ts";
import type { ForeignServer } from "./foreign-server.ts";
import { readMcpRemoteCommand } from "./mcp-remote-command.ts";
import { createTranslation, type Translation, type VariableSyntax } from "./translate-variables.ts";

/** How one program writes an entry; what is not said here is the same everywhere. */
export interface Dialect {
  readonly syntax: VariableSyntax;
  /** Keys that hold a remote server's address. */
  readonly urlKeys: readonly string[];
  readonly isSse: (entry: RawObject) => boolean;
  readonly isDisabled: (entry: RawObject) => boolean;
  /** In the words of our `oauth`; texts still in theirs. */
  readonly oauth: (entry: RawObject) => RawObject;
  /** Headers beside `headers`, in our words already. */
  readonly moreHeaders?: (entry: RawObject) => Readonly<Record<string, string>>;
  /** Variables beside `env`, in our words already. */
  readonly moreVariables?: (entry: RawObject) => Readonly<Record<string, string>>;
  readonly headersKey?: string;
  /** Milliseconds. */
  readonly timeout?: (entry: RawObject) => RawObject | number | undefined;
  /** Keys that mean nothing to a server itself (which of its tools are shown, say). */
  readonly unneeded: readonly string[];
}

export interface Foreign {
  readonly title: string;
  readonly file: string;
  readonly home: string;
  readonly project: boolean;
  readonly platform: NodeJS.Platform;
}

const common = ["type", "command", "args", "env", "cwd", "headers", "oauth", "description"];

/** One entry as ours. Never throws: what cannot be taken over is told. B05 */
export function readForeignEntry(dialect: Dialect, foreign: Foreign, label: string, entry: unknown): ForeignServer {
  const base = { label, file: foreign.file, value: undefined, leftOut: undefined, isOurs: false, notes: [] };
  if (!isRawObject(entry)) return { ...base, leftOut: "it is not an object" };
  if (serverThroughUs(entry) !== undefined) return { ...base, isOurs: true };
  const translation = createTranslation({ ...foreign, syntax: dialect.syntax });
  const url = dialect.urlKeys.map((key) => entry[key]).find((value) => typeof value === "string");
  const words = commandWords(entry);
  const value = typeof url === "string" ? remoteValue(dialect, translation, entry, url) : words.length > 0 ? localValue(dialect, translation, entry, { words, platform: foreign.platform }) : undefined;
  if (value === undefined) return { ...base, leftOut: "it has neither an address nor a command" };
  const unknown = Object.keys(entry).filter((key) => !common.includes(key) && !dialect.urlKeys.includes(key) && !dialect.unneeded.includes(key));
  const notes = [...translation.notes, ...value.notes, ...(unknown.length === 0 ? [] : [`not taken over: ${unknown.join(", ")}`])];
  const problem = translation.problems[0];
  return problem === undefined ? { ...base, value: value.value, notes } : { ...base, leftOut: problem, notes };
}

interface Made {
  readonly value: RawObject;
  readonly notes: readonly string[];
}

function remoteValue(dialect: Dialect, translation: Translation, entry: RawObject, url: string): Made {
  const headers = { ...textsOf(entry[dialect.headersKey ?? "headers"], translation), ...dialect.moreHeaders?.(entry) };
  const oauth = dialect.oauth(entry);
  const value = {
    type: "remote",
    url: translation.text(url),
    ...filled({ headers, oauth: translated(oauth, translation) }),
    ...given({ transport: dialect.isSse(entry) ? "sse" : undefined, timeout: dialect.timeout?.(entry), enabled: dialect.isDisabled(entry) ? false : undefined }),
  };
  return { value, notes: [] };
}

interface Started {
  readonly words: readonly string[];
  readonly platform: NodeJS.Platform;
}

function localValue(dialect: Dialect, translation: Translation, entry: RawObject, { words, platform }: Started): Made {
  const env = isRawObject(entry["command"]) ? entry["command"]["env"] : entry["env"];
  const environment = { ...textsOf(env, translation), ...dialect.moreVariables?.(entry) };
  const disabled = given({ enabled: dialect.isDisabled(entry) ? false : undefined });
  const remote = behindMcpRemote({ words, platform }, environment);
  if (remote !== undefined) return { ...remote, value: { ...remote.value, ...disabled } };
  const cwd = typeof entry["cwd"] === "string" ? translation.text(entry["cwd"]) : undefined;
  const notes = entry["envFile"] === undefined ? [] : ["its envFile is not read here: set its variables in environment"];
  return { value: { type: "local", command: words.map((word) => translation.text(word)), ...filled({ environment }), ...given({ cwd, timeout: dialect.timeout?.(entry) }), ...disabled }, notes };
}

/** The remote server that an entry reaches by mcp-remote; undefined for one that starts another program. */
export function behindMcpRemote({ words, platform }: Started, environment: Readonly<Record<string, string>>): Made | undefined {
  const remote = readMcpRemoteCommand(words, platform);
  if (remote === undefined) return undefined;
  const headers = Object.fromEntries(Object.entries(remote.headers).map(([name, text]) => [name, fromItsVariables(text, environment)]));
  const oauth = Object.fromEntries(Object.entries(given(remote.oauth)).map(([key, item]) => [key, filledIn.includes(key) ? fromItsVariables(String(item), environment) : item]));
  const others = remote.others.length === 0 ? [] : [`not taken over: ${remote.others.join(", ")}`];
  return { value: { type: "remote", url: remote.url, ...filled({ headers, oauth }), ...given({ transport: remote.transport }) }, notes: ["it went through mcp-remote; here its address is used directly", ...others] };
}

/** Where it does that, beside headers. */
const filledIn = ["clientId", "clientSecret"];

/** mcp-remote fills in `${NAME}` from its own environment, which the entry sets. */
function fromItsVariables(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{([A-Za-z_]\w*)\}/g, (_, name: string) => environment[name] ?? `{env:${name}}`);
}

function textsOf(value: unknown, translation: Translation): Readonly<Record<string, string>> {
  if (!isRawObject(value)) return {};
  const texts = Object.entries(value).flatMap(([name, text]) => (["string", "number", "boolean"].includes(typeof text) ? [[name, translation.text(String(text))] as const] : []));
  return Object.fromEntries(texts);
}

function translated(value: RawObject, translation: Translation): RawObject {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, typeof item === "string" ? translation.text(item) : item]));
}

function filled(values: Readonly<Record<string, RawObject>>): RawObject {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => Object.keys(value).length > 0));
}

export function given(values: RawObject): RawObject {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
