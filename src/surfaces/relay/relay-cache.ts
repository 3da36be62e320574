import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { isRecord } from "../../connection/json-rpc.ts";
import { lists } from "./answers.ts";
import type { Era, Opening } from "./channel.ts";
import type { Frame, RpcObject } from "./frame.ts";

/** What was learnt when a host of one era last opened the server. */
export interface KnownOpening extends Opening {
  /** The revision that the host had asked for. */
  readonly requested: string | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What a server said of itself and listed, for one account, without secrets: so that a relay can answer before it has asked. Losing it costs a wait. */
export interface RelayCache {
  opening(host: Era): KnownOpening | undefined;
  /** Written before it settles anything: a host may end a bridge as soon as it has its answer. */
  noteOpening(host: Era, opening: Opening, requested: string | undefined): void;
  /** The result of a list. */
  list(method: string): RpcObject | undefined;
  /** `cursor`: what the host asked for. Pages that follow each other are kept together, when the last has come. */
  noteList(method: string, answer: Frame, cursor: unknown): void;
}

/** Lists that take more than this are not kept. In UTF-16 units. */
const largest = 8 * 1024 * 1024;

export function openRelayCache(options: { readonly directory: string; readonly serverUrl: string; readonly account: string; readonly now: () => number }): RelayCache {
  const { serverUrl, account, now } = options;
  const folder = join(options.directory, "relay");
  const key = createHash("sha256").update(JSON.stringify([serverUrl, account])).digest("hex").slice(0, 40);
  const fileOf = (what: string): string => join(folder, `${key}-${what}.json`);
  const written = new Map<string, string>();
  const joined = createPages();
  const read = (what: string): RpcObject | undefined => {
    try {
      const stored: unknown = JSON.parse(readFileSync(fileOf(what), "utf8"));
      return isRecord(stored) ? stored : undefined;
    } catch {
      return undefined;
    }
  };
  const write = (what: string, text: string): void => {
    if (written.get(what) === digest(text)) return;
    written.set(what, digest(text));
    const draft = `${fileOf(what)}.${randomUUID()}.tmp`;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(draft, text, { mode: 0o600 });
      renameSync(draft, fileOf(what));
    } catch {
      // A cache that cannot be written is a wait next time.
      discard(draft);
    }
  };
  return {
    opening: (host) => {
      const { era, result, requested, at } = read(host) ?? {};
      if ((era !== "legacy" && era !== "modern") || !isRecord(result) || typeof at !== "number") return undefined;
      return { era, result, requested: typeof requested === "string" ? requested : undefined, at };
    },
    noteOpening: (host, { era, result }, requested) => write(host, JSON.stringify({ era, result, requested, at: now() })),
    // What another version left may be of another shape.
    list: (method) => {
      const kept = read(listName(method));
      return Array.isArray(kept?.[lists[method] ?? ""]) ? kept : undefined;
    },
    noteList: (method, answer, cursor) => {
      const whole = joined(method, answer, cursor);
      if (whole !== undefined) write(listName(method), JSON.stringify(whole));
    },
  };
}

/** Gives a list when its last page has come, if those before it were asked for in their order. */
function createPages(): (method: string, answer: Frame, cursor: unknown) => RpcObject | undefined {
  const pages = new Map<string, { readonly next: string; readonly items: readonly unknown[]; readonly size: number }>();
  return (method, answer, cursor) => {
    const before = cursor === undefined ? undefined : pages.get(method);
    pages.delete(method);
    const size = answer.text.length + (before?.size ?? 0);
    if (size > largest || (cursor !== undefined && before?.next !== cursor)) return undefined;
    const { result } = answer.message();
    if (!isRecord(result)) return undefined;
    const { nextCursor, ...page } = result;
    const member = lists[method] ?? "";
    const items = [...(before?.items ?? []), ...itemsOf(page, member)];
    if (typeof nextCursor !== "string") return { ...page, [member]: items };
    pages.set(method, { next: nextCursor, items, size });
    return undefined;
  };
}

function itemsOf(result: RpcObject, member: string): readonly unknown[] {
  const items = result[member];
  return Array.isArray(items) ? items : [];
}

/** On a full disk nothing is left of what could not be written. */
function discard(draft: string): void {
  try {
    rmSync(draft, { force: true });
  } catch {
    // Where not even this can be done, there is none.
  }
}

function listName(method: string): string {
  return method.replaceAll("/", "-");
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}
