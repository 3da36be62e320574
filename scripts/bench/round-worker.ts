import { openAccess } from "../../src/access/access.ts";
import { openServerMemory } from "../../src/access/server-memory.ts";
import { Emitter } from "../../src/base/events.ts";
import type { FetchAnswer, Runtime } from "../../src/base/runtime.ts";
import { createNodeRuntime } from "../../src/surfaces/node/node-runtime.ts";
import { openFileVault } from "../../src/vault/file-vault.ts";
import { entryFor } from "../../test/rig/storm/entry.ts";

/**
 * One warm process of a renewal round. Each message sets its clock ahead, so that its token has ended: it asks for one as any call does, and says "signed" when it
 * has one that is good. The call itself is answered here, so that the round is the renewal and nothing else.
 */
const [home = "", url = ""] = process.argv.slice(2);
let aheadMs = 0;
const node = createNodeRuntime({ environment: process.env, homeDirectory: home, workingDirectory: home });
const answered: FetchAnswer = { status: 200, headers: { get: () => null }, body: null, url } as never;
const fetch: Runtime["fetch"] = async (address, init) => (address === url ? answered : node.fetch(address, init));
const vault = openFileVault({ directory: `${node.directories.data}/vault`, now: node.now, environment: node.environment });
const access = openAccess({ runtime: { ...node, fetch, now: () => Date.now() + aheadMs }, vault, memory: openServerMemory({ directory: node.directories.cache }), events: new Emitter(), name: "round", entry: entryFor(url) });
process.on("message", (ahead: number) => {
  aheadMs = ahead;
  void access.fetch(url, { method: "POST", body: "{}" }).then(
    () => process.send?.("signed"),
    (thrown: unknown) => process.send?.(String(thrown)),
  );
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
