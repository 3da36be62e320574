import { McpassError } from "../../base/errors.ts";
import { canonicalJson } from "../fingerprint.ts";
import type { RawObject } from "../lower-entry.ts";
import type { Application } from "./application.ts";
import type { ApplicationFile } from "./application-file.ts";
import { openJson } from "./json-servers.ts";

/** An application's file as a text with servers in it. Every change leaves all other characters. */
export interface ServersText {
  readonly text: string;
  /** The whole of it, as values. */
  readonly value: unknown;
  readonly servers: ReadonlyMap<string, unknown>;
  /** What makes it one entry, as it stands there; undefined: there is none. */
  rawOf(name: string): string | undefined;
  /** With an entry, new or in place of one. */
  with(name: string, value: RawObject): ServersText;
  /** With what `rawOf` told of an earlier text, in place of an entry. */
  withRaw(name: string, raw: string): ServersText;
  without(name: string): ServersText;
  /** True where there is no object of servers, not even an empty one. */
  readonly lacksServers: boolean;
  /** Without the object of servers, where it is empty. */
  withoutEmptyServers(): ServersText;
}

/** @throws McpassError `config_invalid` when the file is not what the application reads. */
export async function openServers(application: Application, { path, text }: Pick<ApplicationFile, "path" | "text">): Promise<ServersText> {
  if (application.language === "json") return openJson(application, path, text);
  return (await import("./toml-servers.ts")).openToml(path, text);
}

/** @throws McpassError `config_invalid` when more has changed than this one entry: the file is written in a way that is not understood well enough. */
export function requireOnlyChange(path: string, before: ServersText, after: ServersText, name: string, wanted: unknown): void {
  const others = ({ servers }: ServersText): string => canonicalJson([...servers].filter(([key]) => key !== name));
  const rest = ({ value }: ServersText): string => canonicalJson(withoutServers(value));
  if (others(before) === others(after) && rest(before) === rest(after) && canonicalJson(after.servers.get(name)) === canonicalJson(wanted)) return;
  throw new McpassError("config_invalid", `${path}: the entry ${JSON.stringify(name)} cannot be changed without touching others; the file was left as it is`, { hint: "see what would be written with --print, and change it by hand", details: { file: path } });
}

/** What is compared of the rest: everything but the objects that servers stand in. */
function withoutServers(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter(([key]) => !["mcpServers", "servers", "mcp", "mcp_servers", "context_servers"].includes(key)));
}
