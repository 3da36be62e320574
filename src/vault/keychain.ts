import { describeCause, McpassError } from "../base/errors.ts";
import { decodeKey } from "./environment-key.ts";
import { keyIdOf, newKey } from "./sealing.ts";
import { locked } from "./vault-locked.ts";
import type { KeyHolder, SourceOf } from "./wrapping-key.ts";

/** The system's keychain. Holds one small key per vault, never a token. Every method throws `vault_locked` within a few seconds. S02, S03 */
export interface Keychain {
  get(item: string): Promise<string | undefined>;
  set(item: string, value: string): Promise<void>;
  remove(item: string): Promise<void>;
}

const service = "mcpass";
/** A keychain that asks a person to unlock it takes longer; a job that nobody sits at must not wait for that. */
const patienceMs = 2_500;

/** Throws `vault_locked` where the system has none that can be reached. */
export async function openKeychain(): Promise<Keychain> {
  const { AsyncEntry } = await import("@napi-rs/keyring").catch((thrown: unknown) => Promise.reject(unavailable("cannot be used", thrown)));
  const ask = async <T>(what: string, work: (entry: InstanceType<typeof AsyncEntry>, signal: AbortSignal) => Promise<T>, item: string): Promise<T> => {
    const signal = AbortSignal.timeout(patienceMs);
    const late = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(new Error(`no answer within ${patienceMs / 1000} s`))));
    try {
      return await Promise.race([work(new AsyncEntry(service, item), signal), late]);
    } catch (thrown) {
      throw unavailable(what, thrown);
    }
  };
  return {
    get: async (item) => (await ask("cannot be read", (entry, signal) => entry.getPassword(signal), item)) ?? undefined,
    set: (item, value) => ask("cannot be written", (entry, signal) => entry.setPassword(value, signal), item),
    remove: async (item) => void (await ask("cannot be written", (entry, signal) => entry.deletePassword(signal), item)),
  };
}

function unavailable(what: string, thrown: unknown): McpassError {
  return new McpassError("vault_locked", `The system's keychain ${what}: ${describeCause(thrown)}.`, {
    hint: "Unlock the keychain (over SSH and in cron there is often none); a vault that must open there is sealed with a key file: mcpass vault rekey --to file",
    cause: thrown,
  });
}

/** Keys as items of the system's keychain, each named after its key. */
export function keychainKeys(keychain: () => Promise<Keychain>): KeyHolder<SourceOf<"keychain">> {
  const open = async ({ item }: SourceOf<"keychain">): Promise<Buffer> => {
    const found = await (await keychain()).get(item);
    const key = found === undefined ? undefined : decodeKey(found);
    if (key === undefined) throw locked(`The system's keychain has no key of the name ${item}, and the vault is sealed with it.`, "Unlock or restore that keychain. Nothing was changed.");
    return key;
  };
  return {
    open,
    describe: ({ item }) => `the item ${item} of the system's keychain`,
    forget: async ({ item }) => (await keychain()).remove(item),
    create: async () => {
      const key = newKey();
      const source = { kind: "keychain", item: `vault-${keyIdOf(key)}` } as const;
      await (await keychain()).set(source.item, key.toString("base64"));
      if ((await open(source)).equals(key)) return { source, key };
      throw locked(`The system's keychain did not keep the key ${source.item}.`, "Use a key file: MCPASS_KEY_SOURCE=file");
    },
  };
}
