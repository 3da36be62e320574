import { McpassError } from "../base/errors.ts";
import type { Configuration, ConfiguredServer } from "./configuration.ts";
import { nearestName } from "./nearest-name.ts";
import { quoted } from "./quoted.ts";

/** The server of that name, usable or not. @throws McpassError `server_unknown`, with the nearest name in its hint */
export function requireServer(configuration: Configuration, name: string): ConfiguredServer {
  const server = configuration.servers.get(name);
  if (server === undefined) throw serverUnknown(name, [...configuration.servers.keys()]);
  return server;
}

export function serverUnknown(name: string, known: readonly string[]): McpassError {
  const nearest = nearestName(name, known);
  const hint = known.length === 0 ? "mcpass add NAME URL" : nearest === undefined ? "mcpass list" : `did you mean ${quoted(nearest)}?`;
  return new McpassError("server_unknown", `there is no server ${quoted(name)} in the configuration`, { hint, details: nearest === undefined ? {} : { nearest } });
}
