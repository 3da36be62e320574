import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import type { Bridge } from "./host.ts";
import type { Command } from "./measure.ts";
import { markOf } from "./processes.ts";

export type OtherClients = typeof import("../../test/rig/other-clients.mjs");

export type PeerName = "mcp-remote" | "supergateway" | "mcporter";
export const peerNames: readonly PeerName[] = ["mcp-remote", "supergateway", "mcporter"];

/** A program by others that does part of what mcpass does, installed. */
export interface Peer extends ReturnType<OtherClients["requireClient"]> {
  readonly name: PeerName;
  /** HOME is a directory of its own. */
  readonly environment: Readonly<Record<string, string>>;
}

/** By its path: it finds what is installed from where it stands, and this file runs bundled, from elsewhere. */
export const otherClients = async (root: string): Promise<OtherClients> => import(pathToFileURL(join(root, "test/rig/other-clients.mjs")).href);

/** A server that wants a token. */
export interface Guarded {
  readonly url: string;
  readonly authorization: string;
}

/** The peer as a server on standard input and output in front of that one. */
export function bridgeOf(peer: Peer, { url, authorization }: Guarded): Bridge {
  const header = ["--header", `Authorization: ${authorization}`];
  switch (peer.name) {
    case "mcp-remote":
      return commandOf(peer, [url, ...header, "--transport", "http-only", "--allow-http", "--silent"]);
    case "supergateway":
      return commandOf(peer, ["--streamableHttp", url, "--outputTransport", "stdio", ...header, "--logLevel", "none"]);
    case "mcporter":
      return { ...commandOf(peer, ["serve", "--stdio"], { notes: keptAlive({ url, authorization }) }), tool: "notes__add_numbers" };
  }
}

/** `servers`: mcporter's; it serves those only that its daemon keeps connected. */
export function commandOf({ name, words, environment }: Peer, more: readonly string[], servers?: Readonly<Record<string, unknown>>): Command {
  const marked = { ...environment, ...markOf(name) };
  if (servers === undefined) return { name, words: [...words, ...more], environment: marked };
  const file = join(environment["HOME"] ?? "", "mcporter.json");
  writeFileSync(file, JSON.stringify({ mcpServers: servers, imports: [] }));
  return { name, words: [...words, "--config", file, ...more], environment: marked };
}

export const configured = ({ url, authorization }: Guarded): object => ({ url, headers: { Authorization: authorization } });

export const keptAlive = (server: Guarded): object => ({ ...configured(server), lifecycle: "keep-alive" });
