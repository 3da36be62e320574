import { isRecord } from "./json-rpc.ts";
import { notMcp, type Place } from "./server-answers.ts";

type Result = Readonly<Record<string, unknown>>;

const pageLimit = 20;

/**
 * How many tools a server has: 0 when what it said at its opening names none, undefined when they fill more than 20 pages.
 * `list` gives one page and throws its own failures.
 */
export async function countTools(place: Place, opened: Result, list: (params: Record<string, unknown>) => Promise<Result>): Promise<number | undefined> {
  if (!isRecord(opened["capabilities"]) || !isRecord(opened["capabilities"]["tools"])) return 0;
  let count = 0;
  let cursor: string | undefined;
  for (let page = 0; page < pageLimit; page += 1) {
    const result = await list(cursor === undefined ? {} : { cursor });
    if (!Array.isArray(result["tools"])) throw notMcp(place, "tools/list without tools");
    count += result["tools"].length;
    const next = result["nextCursor"];
    if (typeof next !== "string" || next === cursor) return count;
    cursor = next;
  }
  return undefined;
}
