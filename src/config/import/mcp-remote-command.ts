import { isRawObject, type RawObject } from "../lower-entry.ts";

/** The command line of mcp-remote in our words. */
export interface McpRemoteCommand {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly transport: "sse" | "http" | undefined;
  readonly callbackPort: number | undefined;
  readonly callbackHost: string | undefined;
  readonly clientId: string | undefined;
  readonly clientSecret: string | undefined;
  /** Flags that have no equivalent. */
  readonly others: readonly string[];
}

/** undefined: these words do not start mcp-remote. Versions (`mcp-remote@0.1`) and whatever stands before it (`npx -y`, `cmd /c`) do not count. */
export function readMcpRemoteCommand(words: readonly string[]): McpRemoteCommand | undefined {
  const at = words.findIndex((word) => /(?:^|[\\/])mcp-remote(?:@[^\\/]+)?$/.test(word));
  const rest = at === -1 ? [] : words.slice(at + 1);
  const { flags, positional } = readFlags(rest);
  const isUrl = (word: string): boolean => /^https?:\/\//i.test(word);
  // After a flag that is not known it may look like its value.
  const url = positional.find(isUrl) ?? rest.find((word, index) => isUrl(word) && !understood.includes(rest[index - 1] ?? ""));
  if (url === undefined) return undefined;
  const port = Number(positional[positional.indexOf(url) + 1]);
  const client = clientOf(flags.get("--static-oauth-client-info")?.at(-1));
  return {
    url,
    headers: Object.fromEntries((flags.get("--header") ?? []).flatMap(readHeader)),
    transport: transportOf(flags.get("--transport")?.at(-1)),
    callbackPort: Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined,
    callbackHost: flags.get("--host")?.at(-1),
    clientId: client["client_id"],
    clientSecret: client["client_secret"],
    others: [...flags.keys()].filter((flag) => !understood.includes(flag)),
  };
}

const understood = ["--header", "--transport", "--host", "--static-oauth-client-info", "--allow-http", "--debug", "--silent"];
const withoutValue = ["--allow-http", "--debug", "--silent", "--enable-proxy"];

function readFlags(words: readonly string[]): { readonly flags: ReadonlyMap<string, readonly string[]>; readonly positional: readonly string[] } {
  const flags = new Map<string, readonly string[]>();
  const positional: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    if (!word.startsWith("--")) positional.push(word);
    else flags.set(word, [...(flags.get(word) ?? []), ...(withoutValue.includes(word) ? [] : [words[(index += 1)] ?? ""])]);
  }
  return { flags, positional };
}

/** `Name: value`, `Name:value` and `Name=value`. */
function readHeader(text: string): readonly (readonly [string, string])[] {
  const at = text.search(/[:=]/);
  return at < 1 ? [] : [[text.slice(0, at).trim(), text.slice(at + 1).trim()]];
}

/** Its strategies; the two "first" ones are what we do anyway. */
function transportOf(strategy: string | undefined): "sse" | "http" | undefined {
  if (strategy === "sse-only") return "sse";
  return strategy === "http-only" ? "http" : undefined;
}

/** A JSON object; one that is in a file (`@path`) is not looked at. */
function clientOf(text: string | undefined): Readonly<Record<string, string>> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return isRawObject(value) ? Object.fromEntries(Object.entries(value as RawObject).filter((pair): pair is [string, string] => typeof pair[1] === "string")) : {};
  } catch {
    return {};
  }
}
