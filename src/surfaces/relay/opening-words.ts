import { product } from "../../base/product.ts";
import { legacyRevision, modernRevision } from "../../connection/protocol-words.ts";
import type { KnownOpening } from "./relay-cache.ts";
import type { Era, Opening } from "./channel.ts";
import type { RpcObject } from "./frame.ts";
import { legacyRevisions, metaKeys, objectOf } from "./revision-words.ts";
import { withoutTasks } from "./tasks.ts";

/** The capabilities that a server may have: said when nothing is known of it yet. What it turns out not to have answers as an empty list. */
const anyCapabilities = { tools: { listChanged: true }, prompts: { listChanged: true }, resources: { listChanged: true, subscribe: true }, completions: {}, logging: {} };

/** The result of `initialize` for a host that asked for `requested`, from what the server said of itself, if it did. */
export function initializeResult(server: string, requested: string, opening: Opening | KnownOpening | undefined): RpcObject {
  const said = opening?.result ?? {};
  const protocolVersion = versionFor(requested, opening);
  const serverInfo = opening === undefined ? undefined : (said["serverInfo"] ?? objectOf(said["_meta"])[metaKeys.serverInfo]);
  const { instructions } = said;
  return {
    protocolVersion,
    capabilities: opening === undefined ? anyCapabilities : promised("legacy", opening),
    serverInfo: serverInfo ?? { name: server, version: product.version },
    ...(typeof instructions === "string" ? { instructions } : {}),
  };
}

/** The result of `server/discover`. What may change soon is not to be kept. */
export function discoverResult(server: string, opening: Opening | undefined): RpcObject {
  const said = opening?.result ?? {};
  const { instructions, serverInfo } = said;
  const capabilities = opening === undefined ? { ...anyCapabilities, logging: undefined } : promised("modern", opening);
  return {
    resultType: "complete",
    ...(opening?.era === "modern" ? said : { ...(typeof instructions === "string" ? { instructions } : {}) }),
    supportedVersions: [modernRevision],
    capabilities,
    ttlMs: 0,
    cacheScope: "private",
    _meta: opening?.era === "modern" ? { [metaKeys.serverInfo]: { name: server, version: product.version }, ...objectOf(said["_meta"]) } : { [metaKeys.serverInfo]: serverInfo ?? { name: server, version: product.version } },
  };
}

/** What a host of this era can count on. */
function promised(host: Era, { era, result }: Opening): RpcObject {
  const capabilities = objectOf(result["capabilities"]);
  return announcing(host === era ? capabilities : withoutTasks(capabilities));
}

/** Lists change with a sign-in, whatever the server says. X07 */
function announcing(capabilities: RpcObject): RpcObject {
  const lists = ["tools", "prompts", "resources"].filter((list) => capabilities[list] !== undefined);
  // A server that shows nothing to the unknown may still have tools, and the sign_in tool is one.
  return { ...capabilities, tools: { ...objectOf(capabilities["tools"]), listChanged: true }, ...Object.fromEntries(lists.map((list) => [list, { ...objectOf(capabilities[list]), listChanged: true }])) };
}

function versionFor(requested: string, opening: Opening | KnownOpening | undefined): string {
  const known = legacyRevisions.includes(requested);
  const answered = opening?.era === "legacy" ? opening.result["protocolVersion"] : undefined;
  if (typeof answered !== "string" || !legacyRevisions.includes(answered)) return known ? requested : legacyRevision;
  if (opening !== undefined && "requested" in opening) {
    if (opening.requested === requested) return answered;
    // It took what another host had asked for: of newer ones nothing is known.
    if (known && opening.requested === answered) return requested;
  }
  return known && requested < answered ? requested : answered;
}
