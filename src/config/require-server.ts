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

const looksLikeAddress = /^(localhost|[\w-]+(\.[\w-]+)+)(:\d+)?(\/[^\s"]*)?$/;
const isHere = /^(localhost|127\.)/;

export function serverUnknown(name: string, known: readonly string[]): McpassError {
  const nearest = nearestName(name, known);
  const hint = nearest !== undefined ? `did you mean ${quoted(nearest)}?` : looksLikeAddress.test(name) ? `an address begins with its scheme: ${isHere.test(name) ? "http" : "https"}://${name}` : known.length === 0 ? "mcpass add NAME URL" : "mcpass list";
  return new McpassError("server_unknown", `there is no server ${quoted(name)} in the configuration`, { hint, details: nearest === undefined ? {} : { nearest } });
}
