import { isRawObject, type RawObject } from "../lower-entry.ts";
import { mcpRemoteCallback } from "./mcp-remote-callback.ts";

/** The command line of mcp-remote in our words. */
export interface McpRemoteCommand {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly transport: "sse" | "http" | undefined;
  /** As in an entry; what it does not say is undefined. */
  readonly oauth: RawObject;
  /** Flags that have no equivalent. */
  readonly others: readonly string[];
}

type Flags = ReadonlyMap<string, readonly string[]>;

/** undefined: these words do not start mcp-remote. Versions (`mcp-remote@0.1`) and whatever stands before it (`npx -y`, `cmd /c`) do not count. */
export function readMcpRemoteCommand(words: readonly string[], platform: NodeJS.Platform): McpRemoteCommand | undefined {
  const at = words.findIndex((word) => /(?:^|[\\/])mcp-remote(?:@[^\\/]+)?$/.test(word));
  const rest = at === -1 ? [] : words.slice(at + 1);
  const { flags, positional } = readFlags(rest);
  const isUrl = (word: string): boolean => /^https?:\/\//i.test(word);
  // After a flag that is not known it may look like its value.
  const url = positional.find(isUrl) ?? rest.find((word, index) => isUrl(word) && !understood.includes(rest[index - 1] ?? ""));
  if (url === undefined) return undefined;
  const headers = Object.fromEntries((flags.get("--header") ?? []).flatMap((text) => readPair(text)));
  return {
    url,
    headers,
    transport: transportOf(flags.get("--transport")?.at(-1)),
    oauth: oauthOf({ url, headers, flags, port: Number(positional[positional.indexOf(url) + 1]), platform }),
    others: [...flags].filter(([flag, values]) => !effectless.includes(flag) && (!understood.includes(flag) || values.some((value) => isFile(flag, value)))).map(([flag]) => flag),
  };
}

const understood = ["--header", "--transport", "--host", "--callback-path", "--resource", "--authorize-param", "--client-metadata-url", "--token-endpoint", "--static-oauth-client-info", "--static-oauth-client-metadata", "--client-credentials", "--device-code", "--disable-resource-parameter"];
/** What they ask for is so here, or is nothing to a server's entry. */
const effectless = ["--allow-http", "--debug", "--silent", "--enable-proxy"];
const withoutValue = [...effectless, "--client-credentials", "--device-code", "--disable-resource-parameter", "--keep-alive", "--disable-cookies", "--use-id-token", "--ipv4"];

function readFlags(words: readonly string[]): { readonly flags: Flags; readonly positional: readonly string[] } {
  const flags = new Map<string, readonly string[]>();
  const positional: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    if (!word.startsWith("--")) positional.push(word);
    else flags.set(word, [...(flags.get(word) ?? []), ...(withoutValue.includes(word) ? [] : [words[(index += 1)] ?? ""])]);
  }
  return { flags, positional };
}

function oauthOf({ url, headers, flags, port, platform }: { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly flags: Flags; readonly port: number; readonly platform: NodeJS.Platform }): RawObject {
  const last = (flag: string): string | undefined => flags.get(flag)?.at(-1)?.trim() || undefined;
  const { client_id: clientId, client_secret: clientSecret } = textsIn(last("--static-oauth-client-info"));
  const params = Object.fromEntries((flags.get("--authorize-param") ?? []).flatMap((text) => readPair(text, /=/)));
  const resource = flags.has("--disable-resource-parameter") || flags.get("--resource")?.at(-1)?.trim() === "" ? false : last("--resource");
  const common = { clientMetadataUrl: last("--client-metadata-url"), tokenEndpoint: last("--token-endpoint"), authorizationParams: Object.keys(params).length === 0 ? undefined : params };
  const usual = clientId === undefined ? undefined : mcpRemoteCallback({ url, headers, resource: resource === false ? undefined : resource, ...common }, platform);
  return {
    clientId,
    clientSecret,
    scope: textsIn(last("--static-oauth-client-metadata"))["scope"],
    grant: flags.has("--client-credentials") ? "client_credentials" : flags.has("--device-code") ? "device_code" : undefined,
    resource,
    ...common,
    callbackHost: last("--host") ?? usual?.callbackHost,
    callbackPort: Number.isInteger(port) && port > 0 && port < 65_536 ? port : usual?.callbackPort,
    callbackPath: last("--callback-path") ?? usual?.callbackPath,
  };
}

/** `Name: value`, `Name:value` and `Name=value`. */
function readPair(text: string, separator = /[:=]/): readonly (readonly [string, string])[] {
  const at = text.search(separator);
  return at < 1 ? [] : [[text.slice(0, at).trim(), text.slice(at + 1).trim()]];
}

/** Its strategies; the two "first" ones are what we do anyway. */
function transportOf(strategy: string | undefined): "sse" | "http" | undefined {
  if (strategy === "sse-only") return "sse";
  return strategy === "http-only" ? "http" : undefined;
}

/** A JSON object that stands in a file is not looked at. */
function isFile(flag: string, value: string): boolean {
  return flag.startsWith("--static-oauth-") && value.startsWith("@");
}

function textsIn(text: string | undefined): Readonly<Record<string, string>> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return isRawObject(value) ? Object.fromEntries(Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === "string")) : {};
  } catch {
    return {};
  }
}
