import { openAccess } from "../../src/access/access.ts";
import { openServerMemory } from "../../src/access/server-memory.ts";
import { Emitter } from "../../src/base/events.ts";
import type { FetchAnswer, Runtime } from "../../src/base/runtime.ts";
import { createNodeRuntime } from "../../src/surfaces/node/node-runtime.ts";
import { openFileVault } from "../../src/vault/file-vault.ts";
import { entryFor } from "../../test/rig/storm/entry.ts";

/**
 * One warm process of a renewal round. At each "go" it asks for a token as any call does, and says "signed" when it has one that is good; the call itself is answered here,
 * so that the round is the renewal and nothing else.
 */
const [home = "", url = ""] = process.argv.slice(2);
const node = createNodeRuntime({ environment: process.env, homeDirectory: home, workingDirectory: home });
const answered: FetchAnswer = { status: 200, headers: { get: () => null }, body: null, url } as never;
const fetch: Runtime["fetch"] = async (address, init) => (address === url ? answered : node.fetch(address, init));
const vault = openFileVault({ directory: `${node.directories.data}/vault`, now: node.now, environment: node.environment });
const access = openAccess({ runtime: { ...node, fetch }, vault, memory: openServerMemory({ directory: node.directories.cache }), events: new Emitter(), name: "round", entry: entryFor(url) });
process.on("message", () => void access.fetch(url, { method: "POST", body: "{}" }).then(() => process.send?.("signed"), (thrown: unknown) => process.send?.(String(thrown))));
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
