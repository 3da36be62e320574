import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { lstatSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { describeCause, McpassError } from "../base/errors.ts";
import { gatewayTokenPrefix } from "../config/application/gateway-entry.ts";
import { withLock } from "../vault/lock.ts";
import { replaceFile } from "../vault/record-file.ts";

/** One program's way into the gateway. The token itself is nowhere but in that program's own file. */
export interface GatewayToken {
  /** SHA-256 of the token, in hexadecimal digits. */
  readonly hash: string;
  /** As `install` calls it: `cursor`. */
  readonly program: string;
  /** The program's file that holds it. */
  readonly file: string;
  /** Milliseconds since the epoch. */
  readonly madeAt: number;
}

/** Whose a token is, now; undefined: nobody's. What another process has made or revoked counts at once. */
export type FindGatewayToken = (token: string) => GatewayToken | undefined;

export interface GatewayTokens {
  /** From the oldest to the newest. */
  list(): readonly GatewayToken[];
  /** A new one beside those that are there. Whoever has put it into the program's file revokes the former ones. */
  make(program: string, file: string): Promise<{ readonly token: string; readonly made: GatewayToken }>;
  /** Gives those that are gone by it. */
  revoke(isMeant: (token: GatewayToken) => boolean): Promise<readonly GatewayToken[]>;
}

/** 32 random bytes as base64url. RFC 4648 §5 */
const tokenShape = new RegExp(`^${gatewayTokenPrefix}[\\w-]{43}$`);
const waitMs = 10_000;

/** Throws, from each of its functions, `config_unreadable`, `vault_busy`, `vault_unwritable`. */
export function openGatewayTokens(dataDirectory: string, now: () => number): GatewayTokens {
  const file = fileIn(dataDirectory);
  const change = async <T>(work: (tokens: readonly GatewayToken[]) => { readonly left: readonly GatewayToken[]; readonly result: T }): Promise<T> => {
    await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
    return withLock({ file: `${file}.lock`, waitMs, subject: "The list of the gateway's tokens" }, async () => {
      const { left, result } = work(requireTokens(file));
      await replaceFile(file, dataDirectory, `${JSON.stringify({ schema: 1, tokens: left }, undefined, 2)}\n`);
      return result;
    });
  };
  return {
    list: () => requireTokens(file),
    make: async (program, holder) =>
      change((tokens) => {
        const token = gatewayTokenPrefix + randomBytes(32).toString("base64url");
        const made = { hash: hashOf(token).toString("hex"), program, file: holder, madeAt: now() };
        return { left: [...tokens, made], result: { token, made } };
      }),
    revoke: async (isMeant) => {
      // Nothing is made where nothing was.
      if (!requireTokens(file).some(isMeant)) return [];
      return change((tokens) => ({ left: tokens.filter((token) => !isMeant(token)), result: tokens.filter(isMeant) }));
    },
  };
}

/** Reads the file each time, in some twenty microseconds: who is revoked is out with the next request. Of a file that others could have written, no token counts. */
export function gatewayTokenFinder(dataDirectory: string): FindGatewayToken {
  const file = fileIn(dataDirectory);
  return (token) => {
    if (!tokenShape.test(token)) return undefined;
    const presented = hashOf(token);
    try {
      // All of them, whichever it is: the time it takes tells nothing.
      return requireTokens(file).filter(({ hash }) => timingSafeEqual(Buffer.from(hash, "hex"), presented))[0];
    } catch {
      return undefined;
    }
  };
}

function fileIn(dataDirectory: string): string {
  return join(dataDirectory, "gateway-tokens.json");
}

function hashOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** @throws McpassError `config_unreadable` */
function requireTokens(file: string): readonly GatewayToken[] {
  try {
    const found = lstatSync(file, { throwIfNoEntry: false });
    if (found === undefined) return [];
    if (!found.isFile()) throw new Error("it is not a plain file");
    const user = process.getuid?.();
    if (user !== undefined && (found.uid !== user || (found.mode & 0o077) !== 0)) throw new Error("others than you can read or change it");
    return readTokens(JSON.parse(readFileSync(file, "utf8")));
  } catch (thrown) {
    throw new McpassError("config_unreadable", `${file}, which says who may use the gateway, is not used: ${describeCause(thrown)}`, { hint: `remove ${file}; then mcpass install … --gateway again, for each program`, cause: thrown, details: { file } });
  }
}

function readTokens(stored: unknown): readonly GatewayToken[] {
  const { schema, tokens } = (stored ?? {}) as { readonly schema?: unknown; readonly tokens?: unknown };
  if (schema !== 1 || !Array.isArray(tokens) || !tokens.every(isToken)) throw new Error("it has another form than is known");
  return tokens;
}

function isToken(value: unknown): value is GatewayToken {
  const { hash, program, file, madeAt } = (value ?? {}) as { readonly [Key in keyof GatewayToken]?: unknown };
  return typeof hash === "string" && /^[0-9a-f]{64}$/.test(hash) && typeof program === "string" && typeof file === "string" && typeof madeAt === "number";
}
