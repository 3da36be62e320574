import { McpassError } from "../base/errors.ts";
import type { KeySourceKind } from "./key-record.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment says of the vault. Throws `usage` for a source that there is not. */
export function readEnvironment(environment: Environment): { readonly key: string | undefined; readonly source: KeySourceKind | undefined } {
  const [key, source] = [environment["MCPASS_KEY"], environment["MCPASS_KEY_SOURCE"]];
  const kind = (["keychain", "file", "environment"] as const).find((known) => known === source);
  if (source !== undefined && source !== "" && kind === undefined)
    throw new McpassError("usage", `MCPASS_KEY_SOURCE is ${JSON.stringify(source)}; it is keychain, file or environment.`);
  return { key: key === "" ? undefined : key, source: kind };
}
