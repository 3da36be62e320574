import { createHash } from "node:crypto";

/** The number of the advisory lock of a record's key, or of another name: 64 bits, so that no two ever meet, nor those of other programs in the same database. */
export function lockId(name: string): bigint {
  return createHash("sha256").update(`mcpass ${name}`).digest().readBigInt64BE();
}
