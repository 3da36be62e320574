import { randomBytes } from "node:crypto";
import { link, lstat, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { describeCause, McpassError } from "../../base/errors.ts";

/** 32 random bytes as base64url. RFC 4648 §5 */
const tokenShape = /^[\w-]{43}$/;

/**
 * The secret of this user's servers, made at the first start; every server and every caller of this user reads the same file. One that others may read, or that
 * does not hold a token, is replaced. Throws `config_unreadable`.
 */
export async function requireServeToken(dataDirectory: string): Promise<string> {
  const file = join(dataDirectory, "serve-token");
  try {
    return (await readToken(file)) ?? (await makeToken(file));
  } catch (thrown) {
    throw new McpassError("config_unreadable", `The token of mcpass serve cannot be kept in ${file}: ${describeCause(thrown)}`, { hint: `make ${dataDirectory} writable`, cause: thrown, details: { file } });
  }
}

async function readToken(file: string): Promise<string | undefined> {
  const found = await lstat(file).catch(() => undefined);
  if (found === undefined || !found.isFile()) return undefined;
  if (process.platform !== "win32" && (found.mode & 0o077) !== 0) return undefined;
  const text = (await readFile(file, "utf8")).trim();
  return tokenShape.test(text) ? text : undefined;
}

/** Of several processes that start at once, one makes it. */
async function makeToken(file: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const token = randomBytes(32).toString("base64url");
  const own = `${file}.${String(process.pid)}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await writeFile(own, `${token}\n`, { mode: 0o600, flag: "wx" });
    const isThere = await link(own, file).then(() => false, isExisting);
    if (!isThere) return token;
    const theirs = await readToken(file);
    if (theirs !== undefined) return theirs;
    await rename(own, file);
    return token;
  } finally {
    await rm(own, { force: true });
  }
}

function isExisting(thrown: NodeJS.ErrnoException): true {
  if (thrown.code === "EEXIST") return true;
  throw thrown;
}
