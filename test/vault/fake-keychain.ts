import type { Keychain } from "../../src/vault/keychain.ts";

export interface FakeKeychain {
  readonly open: () => Promise<Keychain>;
  readonly items: Map<string, string>;
  /** What it was asked, in order: `get vault-…`. */
  readonly asked: string[];
  readonly habits: {
    /** Refuses everything with these words. */
    broken: string | undefined;
    /** Never answers. */
    silent: boolean;
    /** Longer values are refused, as one system does. */
    longest: number;
    keepsEverything: boolean;
    /** What happens before it answers. */
    before: (() => Promise<void>) | undefined;
  };
}

/** One keychain of a test, whichever process is played by whoever opens it. */
export function fakeKeychain(): FakeKeychain {
  const items = new Map<string, string>();
  const asked: string[] = [];
  const habits: FakeKeychain["habits"] = { broken: undefined, silent: false, longest: 1280, keepsEverything: false, before: undefined };
  const answer = async <T>(question: string, work: () => T): Promise<T> => {
    asked.push(question);
    await habits.before?.();
    if (habits.silent) return new Promise<never>(() => undefined);
    if (habits.broken !== undefined) throw new Error(habits.broken);
    return work();
  };
  const keychain: Keychain = {
    get: (item) => answer(`get ${item}`, () => items.get(item)),
    set: (item, value) =>
      answer(`set ${item}`, () => {
        if (value.length > habits.longest) throw new Error("Attribute 'password' is longer than the platform limit");
        items.set(item, value);
      }),
    remove: (item) =>
      answer(`remove ${item}`, () => {
        if (habits.keepsEverything) throw new Error("it is not allowed");
        items.delete(item);
      }),
  };
  return { open: async () => keychain, items, asked, habits };
}
