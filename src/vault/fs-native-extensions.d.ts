/** The part of fs-native-extensions that mcpass uses; the package brings no types. */
declare module "fs-native-extensions" {
  /** False when another descriptor holds the range (on Windows that throws EBUSY); other failures throw with a `code`. Never waits. */
  export function tryLock(fd: number, offset: number, length: number): boolean;
  export function unlock(fd: number, offset: number, length: number): void;
}
