import type { LockOptions } from "../../../src/vault/lock.ts";

/** Takes the place of src/vault/lock.ts in workers that are to show that a storm without it fails. What waits for nobody stays. */
export * from "../../../src/vault/lock.ts";

export function withLock<T>(_options: LockOptions, work: () => Promise<T>): Promise<T> {
  return work();
}

export function withLockUnless<T>(_options: LockOptions, _enough: () => Promise<boolean>, work: () => Promise<T>): Promise<T | undefined> {
  return work();
}
