import type { RpcObject } from "./frame.ts";
import { objectOf } from "./revision-words.ts";

/** What ends a list that has no end: no server that means well has as much. */
const mostItems = 100_000;
const mostPages = 10_000;

export interface PagedList {
  readonly items: readonly RpcObject[];
  /** Why there may be more than these; undefined: the list was read to its end. */
  readonly cut: string | undefined;
}

/** A list, page by page. `read` gives the result for the parameters of a page; undefined where one of them has no such list. */
export async function readPages(member: string, read: (params: RpcObject) => Promise<unknown>): Promise<PagedList | undefined> {
  const items: RpcObject[] = [];
  const seen = new Set<string>();
  let cursor: string | undefined;
  for (;;) {
    const result = objectOf(await read(cursor === undefined ? {} : { cursor }));
    const listed = result[member];
    if (!Array.isArray(listed)) return undefined;
    for (const each of listed) items.push(objectOf(each));
    const { nextCursor } = result;
    if (typeof nextCursor !== "string") return { items, cut: undefined };
    if (seen.has(nextCursor)) return { items, cut: "names a page as the next that it has named before" };
    seen.add(nextCursor);
    if (items.length >= mostItems) return { items, cut: `goes on after ${String(items.length)} items` };
    if (seen.size >= mostPages) return { items, cut: `goes on after ${String(mostPages)} pages` };
    cursor = nextCursor;
  }
}
