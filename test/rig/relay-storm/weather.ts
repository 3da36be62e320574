import { randomsOf } from "../storm/plan.ts";
import type { Fates } from "./upstream.ts";

/** What happens beside the fates of single calls. */
export type Act = "restart" | "refuse" | "do not read" | "kill bridges" | "end the gateway" | "kill the gateway";

/** A while of one kind. */
export interface Spell {
  readonly name: string;
  /** Of a round that is as long as it is planned; see `forecast`. */
  readonly seconds: number;
  readonly fates: Fates;
  readonly act?: Act;
}

const fair: Fates = { told: 0.2 };

const spells: readonly Spell[] = [
  { name: "fair", seconds: 10, fates: fair },
  { name: "resets", seconds: 15, fates: { ...fair, "reset before its answer": 0.08, "reset in mid-stream": 0.08, "reset in mid-answer": 0.05, "taken up": 0.08 } },
  { name: "silence before the answer", seconds: 10, fates: { ...fair, "silent before its answer": 0.1 } },
  { name: "silence in mid-stream", seconds: 10, fates: { ...fair, "silent in mid-stream": 0.1 } },
  { name: "garbage", seconds: 15, fates: { ...fair, "garbage before its answer": 0.2, "half a message": 0.05, "another's answer": 0.05 } },
  { name: "502 pages", seconds: 15, fates: { ...fair, page: 0.3 } },
  { name: "the server is restarted", seconds: 10, fates: fair, act: "restart" },
  { name: "the network refuses", seconds: 25, fates: fair, act: "refuse" },
  { name: "hosts that do not read", seconds: 15, fates: fair, act: "do not read" },
  { name: "bridges are killed", seconds: 10, fates: fair, act: "kill bridges" },
  { name: "the gateway is restarted", seconds: 8, fates: fair, act: "end the gateway" },
  { name: "the gateway is killed", seconds: 8, fates: fair, act: "kill the gateway" },
];

const roundSeconds = spells.reduce((sum, { seconds }) => sum + seconds, 0);

/** The same for the same seed: rounds of every spell, shuffled each. The gateway ends in the first half only, so that it is seen whether a long-lived one grows. */
export function forecast({ seconds, seed }: { readonly seconds: number; readonly seed: number }): readonly Spell[] {
  const random = randomsOf(seed);
  const rounds = Math.max(1, Math.floor(seconds / roundSeconds));
  const scale = seconds / (rounds * roundSeconds);
  return Array.from({ length: rounds }, (_, round) => {
    const drawn = spells.filter(({ act }) => rounds === 1 || round < rounds / 2 || act?.endsWith("the gateway") !== true).map((spell) => ({ spell, at: random() }));
    return drawn.sort((one, other) => one.at - other.at).map(({ spell }) => ({ ...spell, seconds: spell.seconds * scale }));
  }).flat();
}
