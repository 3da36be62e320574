/** `1 tool`, `12 tools`. */
export function countOf(count: number, word: string): string {
  return `${String(count)} ${word}${count === 1 ? "" : "s"}`;
}

/** `42 bytes`, `10 kB`, `3.1 MB`. */
export function sizeOf(bytes: number): string {
  if (bytes < 1024) return countOf(bytes, "byte");
  return bytes < 1024 * 1024 ? `${String(Math.round(bytes / 1024))} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** `9:41`, minutes and seconds. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${String(Math.floor(seconds / 60))}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Local time: `14:05:09`. */
export function timeOf(at: number): string {
  const time = new Date(at);
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}
