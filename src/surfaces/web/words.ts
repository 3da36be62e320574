import type { Identity, ServerDetail, StatusWord } from "./api-types.ts";
import type { IconName } from "./icons.ts";

export type Tone = "good" | "warn" | "bad" | "quiet";

interface StatusLook {
  readonly words: string;
  readonly tone: Tone;
  readonly icon: IconName;
}

/** A status is told by its words first; colour and sign say the same again. */
const looks: Readonly<Record<StatusWord, StatusLook>> = {
  connected: { words: "Connected", tone: "good", icon: "good" },
  needs_auth: { words: "Needs a sign-in", tone: "warn", icon: "sign" },
  needs_client_registration: { words: "Needs a client id", tone: "warn", icon: "card" },
  failed: { words: "Failed", tone: "bad", icon: "bad" },
  disabled: { words: "Not connected", tone: "quiet", icon: "off" },
};

export function lookOf({ status, connecting, error }: Pick<ServerDetail, "status" | "connecting" | "error">): StatusLook {
  if (connecting === true) return { words: "Connecting…", tone: "quiet", icon: "busy" };
  // Something is wrong that does not stop it yet.
  if (status === "connected" && error !== undefined && error !== null) return { words: "Connected, with a warning", tone: "warn", icon: "warn" };
  return lookOfWord(status);
}

export function lookOfWord(status: string): StatusLook {
  return Object.hasOwn(looks, status) ? looks[status as StatusWord] : { words: status, tone: "quiet", icon: "note" };
}

export function describeIdentity(identity: Identity | null | undefined): string | undefined {
  const { name, email, subject } = identity ?? {};
  const known = [name, email, subject].filter((each): each is string => typeof each === "string" && each !== "");
  return known.length > 1 && email === known[1] ? `${String(known[0])} (${email})` : known[0];
}

const units = [
  [86_400_000, "day"],
  [3_600_000, "hour"],
  [60_000, "minute"],
] as const;

/** `in 2 hours`, `3 minutes ago`; times in ms. */
export function relativeTime(at: number, now: number): string {
  const distance = at - now;
  const [size, unit] = units.find(([each]) => Math.abs(distance) >= each) ?? [1000, "second"];
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(Math.round(distance / size), unit);
}

export function clockTime(at: number): string {
  return new Date(at).toLocaleTimeString("en", { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

export function milliseconds(duration: number): string {
  return duration < 1000 ? `${String(Math.round(duration))} ms` : `${(duration / 1000).toFixed(1)} s`;
}
