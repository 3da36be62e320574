const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Local time: `14:05`, with the date when it is another day than `now`: `2026-11-22 14:05`. */
export function clockWords(at: number, now: number): string {
  const time = new Date(at);
  const clock = `${twoDigits(time.getHours())}:${twoDigits(time.getMinutes())}`;
  if (time.toDateString() === new Date(now).toDateString()) return clock;
  return `${time.getFullYear()}-${twoDigits(time.getMonth() + 1)}-${twoDigits(time.getDate())} ${clock}`;
}

/** Local time to the second: `2026-11-22 14:05:09`. */
export function momentWords(at: number): string {
  const time = new Date(at);
  const date = [time.getFullYear(), twoDigits(time.getMonth() + 1), twoDigits(time.getDate())].join("-");
  return `${date} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(twoDigits).join(":")}`;
}

/** `45 s`, `12 min`, `3 h 5 min`, `2 d 4 h`; never negative. */
export function durationWords(durationMs: number): string {
  const rest = Math.max(0, durationMs);
  if (rest < minuteMs) return `${Math.round(rest / 1000)} s`;
  if (rest < hourMs) return `${Math.floor(rest / minuteMs)} min`;
  if (rest < dayMs) return withRemainder(Math.floor(rest / hourMs), "h", Math.floor((rest % hourMs) / minuteMs), "min");
  return withRemainder(Math.floor(rest / dayMs), "d", Math.floor((rest % dayMs) / hourMs), "h");
}

function withRemainder(whole: number, unit: string, remainder: number, smallerUnit: string): string {
  return remainder === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${remainder} ${smallerUnit}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
