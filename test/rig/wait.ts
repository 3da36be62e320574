import { setTimeout as sleep } from "node:timers/promises";

/** Asks again every 20 ms until there is a value that is neither undefined nor false. */
export async function waitUntil<T>(look: () => T | undefined | false | Promise<T | undefined | false>, what: string, timeoutMs = 20_000): Promise<T> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > until) throw new Error(`waited ${String(timeoutMs)} ms for ${what}`);
    await sleep(20);
  }
}
