import { describeCause, type McpassError } from "../base/errors.ts";
import { decodeKey, encodeKey } from "./environment-key.ts";
import { keyIdOf, newKey } from "./sealing.ts";
import { locked } from "./vault-locked.ts";
import type { KeyHolder, SourceOf } from "./wrapping-key.ts";

/** A keychain. Holds one small key per vault, never a token. Nothing waits for it longer than `signal` lasts. S02, S03 */
export interface Keychain {
  get(item: string, signal: AbortSignal): Promise<string | undefined>;
  set(item: string, value: string, signal: AbortSignal): Promise<void>;
  remove(item: string, signal: AbortSignal): Promise<void>;
}

/** How long a keychain is waited for. */
export interface KeychainPatience {
  readonly limitMs: number;
  /** Called once when it takes longer than a second: it may be asking a person. */
  readonly onWait?: (() => void) | undefined;
}

/** A job that nobody sits at must not wait until somebody unlocks a keychain. */
const shortPatience: KeychainPatience = { limitMs: 2_500 };

/** Keys as items of a keychain, each named after its key. Every method throws `vault_locked`, within the patience whatever the keychain does. */
export function keychainKeys(keychain: () => Promise<Keychain>, patience = shortPatience): KeyHolder<SourceOf<"keychain">> {
  const ask = <T>(what: string, work: (keychain: Keychain, signal: AbortSignal) => Promise<T>): Promise<T> =>
    patiently(patience, async (signal) => work(await keychain(), signal)).catch((thrown: unknown) => Promise.reject(unavailable(what, thrown)));
  const open = async ({ item }: SourceOf<"keychain">): Promise<Uint8Array> => {
    const found = await ask("cannot be read", (opened, signal) => opened.get(item, signal));
    const key = found === undefined ? undefined : decodeKey(found);
    if (key === undefined) throw locked(`The system's keychain has no key of the name ${item}, and the vault is sealed with it.`, "Unlock or restore that keychain. Nothing was changed.", { item });
    return key;
  };
  return {
    open,
    describe: ({ item }) => `the item ${item} of the system's keychain`,
    forget: ({ item }) => ask("cannot be written", (opened, signal) => opened.remove(item, signal)),
    create: async () => {
      const key = newKey();
      const source = { kind: "keychain", item: `vault-${keyIdOf(key)}` } as const;
      await ask("cannot be written", (opened, signal) => opened.set(source.item, encodeKey(key), signal));
      if (Buffer.compare(await open(source), key) === 0) return { source, key };
      throw locked(`The system's keychain did not keep the key ${source.item}.`, "Use a key file: MCPASS_KEY_SOURCE=file");
    },
  };
}

async function patiently<T>({ limitMs, onWait }: KeychainPatience, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const waiting = setTimeout(() => onWait?.(), 1_000);
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it gave no answer within ${limitMs / 1000} s`)), limitMs);
  });
  try {
    return await Promise.race([work(controller.signal), late]);
  } finally {
    clearTimeout(timer);
    clearTimeout(waiting);
    controller.abort();
  }
}

function unavailable(what: string, thrown: unknown): McpassError {
  return locked(
    `The system's keychain ${what}: ${describeCause(thrown)}.`,
    "Unlock it; a new sign-in would not help. Where there is none (over SSH, in cron, in a container), use a vault with a key file; one is made of this where the keychain is open: mcpass vault rekey --to file",
    {},
    thrown,
  );
}
