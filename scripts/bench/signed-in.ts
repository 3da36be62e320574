import { join } from "node:path";

import { startAuthorizationServer } from "../../test/servers/authorization-server.ts";
import { createLedger, type Ledger } from "../../test/servers/ledger.ts";
import { startResourceServer } from "../../test/servers/resource-server.ts";
import type { HttpBench } from "./http-rows.ts";
import { runOnce } from "./measure.ts";

/** A server `notes`, to which a home of this name is signed in; `authorization`: the header that it was signed in with, for the floor. */
export interface SignedIn {
  readonly url: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly authorization: string;
  readonly ledger: Ledger;
  stop(): Promise<unknown>;
}

/** `wire`: of which era the server is. */
export async function signInToNotes({ root, home, mcpass }: HttpBench, name: string, wire: "legacy" | "modern" = "legacy"): Promise<SignedIn> {
  const ledger = createLedger();
  const issuer = await startAuthorizationServer(ledger, {});
  const server = await startResourceServer(ledger, { trusts: issuer, keepAliveMs: 5_000, wire });
  const environment = home(name, { notes: { type: "remote", url: server.url } });
  const { exitCode } = await runOnce(mcpass("auth", ["auth", "notes", "--browser", `${process.execPath} ${join(root, "test/rig/follow.mjs")}`], environment));
  if (exitCode !== 0) throw new Error(`auth ended with ${exitCode}`);
  const authorization = ledger.entries.findLast(({ party, headers }) => party === "resource" && headers["authorization"] !== undefined)?.headers["authorization"] ?? "";
  return { url: server.url, environment, authorization, ledger, stop: () => Promise.all([issuer.stop(), server.stop()]) };
}
