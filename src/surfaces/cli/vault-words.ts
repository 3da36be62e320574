import { plainText } from "../../base/redact.ts";
import type { KeySource, KeySourceKind } from "../../vault/key-record.ts";
import type { VaultStatus } from "../../vault/vault-status.ts";
import { wantedKind, type WrappingKeys } from "../../vault/wrapping-key.ts";

/** What a key from there keeps from whom, and what not. S01 */
export const protectionWords: Readonly<Record<KeySourceKind, string>> = {
  keychain: "It protects the vault, copies and backups of it from everybody who has only them; not from programs that run as you, which may ask the keychain as mcpass does.",
  environment: "It protects the vault, copies and backups of it from everybody who has only them; not from whoever can read the environment that mcpass runs in.",
  file: "It protects copies and backups that do not hold this key file, and nothing else: whoever can read the vault here can read the key too.",
};

/** What seals a vault that is sealed with nothing yet. */
export function expectedWords(wrapping: WrappingKeys): string {
  const wishes = wrapping.wishes();
  const file = `a key file in ${plainText(wrapping.directory, 1000)}`;
  switch (wantedKind(wishes)) {
    case "environment":
      return wishes.key === undefined ? "MCPASS_KEY, which is not set (MCPASS_KEY_SOURCE is environment)" : "MCPASS_KEY";
    case "keychain":
      return "the system's keychain";
    case "file":
      return file;
    case undefined:
      return `the system's keychain or, where that takes no key, ${file}`;
  }
}

/** What is set in the environment and not what seals the vault: it is never changed silently. */
export function unusedWishes(wrapping: WrappingKeys, source: KeySource | undefined): readonly string[] {
  if (source === undefined) return [];
  const { key, newKey, source: wanted } = wrapping.wishes();
  const sealed = `but this vault is sealed with ${plainText(wrapping.describe(source), 1000)}`;
  return [
    ...(key !== undefined && source.kind !== "environment" ? [`MCPASS_KEY is set, ${sealed}; to change: mcpass vault rekey --to environment`] : []),
    ...(wanted !== undefined && source.kind !== wanted ? [`MCPASS_KEY_SOURCE is ${wanted}, ${sealed}; to change: mcpass vault rekey --to ${wanted}`] : []),
    ...(newKey === undefined ? [] : ["MCPASS_NEW_KEY is set, which only mcpass vault rekey uses"]),
  ];
}

export function countWords({ grant, link, registration, pending }: VaultStatus["counts"]): string {
  return [`${grant} ${grant === 1 ? "sign-in" : "sign-ins"}`, `${link} ${link === 1 ? "link" : "links"} from servers to them`, `${registration} registered ${registration === 1 ? "client" : "clients"}`, `${pending} ${pending === 1 ? "sign-in" : "sign-ins"} under way`].join(", ");
}
