import { product } from "../../base/product.ts";
import { legacyRevision, modernRevision } from "../../connection/protocol-words.ts";
import { plainText } from "../../base/redact.ts";
import type { RpcObject } from "../relay/frame.ts";
import { legacyRevisions, metaKeys, objectOf } from "../relay/revision-words.ts";
import { mergedTaskCapabilities } from "./merged-tasks.ts";

/** What one server said of itself; nothing where it did not in time. */
export interface Said {
  readonly server: string;
  readonly opening: RpcObject;
}

/** The result of `initialize` for a host that asked for `requested`, or that of `server/discover`: what the servers can do together, with the instructions of each. */
export function mergedOpening(said: readonly Said[], requested: string | undefined): RpcObject {
  const all = said.map(({ opening }) => objectOf(opening["capabilities"]));
  const capabilities = { ...union(all), ...mergedTaskCapabilities(all, requested === undefined), tools: { listChanged: true } };
  const instructions = instructionsOf(said);
  const serverInfo = { name: product.name, version: product.version };
  const common = { capabilities, ...(instructions === "" ? {} : { instructions }) };
  if (requested !== undefined) return { protocolVersion: legacyRevisions.includes(requested) ? requested : legacyRevision, serverInfo, ...common };
  return { ...common, supportedVersions: [modernRevision], ttlMs: 0, cacheScope: "private", _meta: { [metaKeys.serverInfo]: serverInfo } };
}

/** Only what the gateway itself passes on; whatever one server can, is there. */
function union(all: readonly RpcObject[]): RpcObject {
  const has = (name: string): boolean => all.some((each) => each[name] !== undefined);
  const subscribe = all.some((each) => objectOf(each["resources"])["subscribe"] === true);
  return {
    ...(has("prompts") ? { prompts: { listChanged: true } } : {}),
    ...(has("resources") ? { resources: { listChanged: true, ...(subscribe ? { subscribe } : {}) } } : {}),
    ...(has("completions") ? { completions: {} } : {}),
    ...(has("logging") ? { logging: {} } : {}),
  };
}

/** Each under its server's name, which its tools begin with. */
function instructionsOf(said: readonly Said[]): string {
  return said
    .flatMap(({ server, opening: { instructions } }) => (typeof instructions === "string" && instructions.trim() !== "" ? [`# ${plainText(server)}\n\n${instructions.trim()}`] : []))
    .join("\n\n");
}
