import { Refused } from "./http-answers.ts";

/** Where there are `most` already, `end`s the one that was not used for longest, of those with nothing under way. Throws `Refused`, in the words of `full`, where there is none. */
export function makeRoom<T extends { readonly usedAt: number }>(all: ReadonlyMap<string, T>, { most, isIdle, end, full }: { readonly most: number; readonly isIdle: (each: T) => boolean; readonly end: (key: string, oldest: T) => Promise<void>; readonly full: string }): void {
  if (all.size < most) return;
  const [oldest] = [...all].filter(([, each]) => isIdle(each)).toSorted(([, one], [, other]) => one.usedAt - other.usedAt);
  if (oldest === undefined) throw new Refused(503, -32_000, `${String(most)} ${full}`, { headers: { "retry-after": "10" } });
  void end(...oldest);
}
