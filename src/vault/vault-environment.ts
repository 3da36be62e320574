import { McpassError } from "../base/errors.ts";
import type { KeySourceKind } from "./key-record.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment says of the vault's key. What is set to nothing is not set. */
export interface KeyWishes {
  readonly key: string | undefined;
  /** Takes the place of `key` in a rekey. */
  readonly newKey: string | undefined;
  /** Which source a new vault is to have. */
  readonly source: KeySourceKind | undefined;
}

export const keySourceKinds = ["keychain", "file", "environment"] as const satisfies readonly KeySourceKind[];

/** Throws `usage` for a source that there is not. */
export function readEnvironment(environment: Environment): KeyWishes {
  const valueOf = (name: string): string | undefined => (environment[name] === "" ? undefined : environment[name]);
  const source = valueOf("MCPASS_KEY_SOURCE");
  const kind = keySourceKinds.find((known) => known === source);
  if (source !== undefined && kind === undefined) throw new McpassError("usage", `MCPASS_KEY_SOURCE is ${JSON.stringify(source)}; it is keychain, file or environment.`);
  return { key: valueOf("MCPASS_KEY"), newKey: valueOf("MCPASS_NEW_KEY"), source: kind };
}
