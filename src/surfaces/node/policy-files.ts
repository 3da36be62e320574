import { resolve } from "node:path";

import type { PolicyFile } from "../../base/runtime.ts";

/**
 * Where policies lie: the administrator's, in a folder that users cannot write to and that no variable moves, and the one that `MCPASS_POLICY` names, which can only
 * forbid more. Windows' folder is the usual one, not what ProgramData says: a user may set that. E04
 */
export function findPolicyFiles({ environment, platform, workingDirectory }: { readonly environment: Readonly<Record<string, string | undefined>>; readonly platform: NodeJS.Platform; readonly workingDirectory: string }): readonly PolicyFile[] {
  const places: Readonly<Partial<Record<NodeJS.Platform, string>>> = { win32: "C:\\ProgramData\\mcpass\\policy.json", darwin: "/Library/Application Support/mcpass/policy.json" };
  const named = environment["MCPASS_POLICY"];
  return [{ path: places[platform] ?? "/etc/mcpass/policy.json", required: false }, ...(named === undefined || named === "" ? [] : [{ path: resolve(workingDirectory, named), required: true }])];
}
