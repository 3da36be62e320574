import { BaseSequencer, type TestSpecification } from "vitest/node";

/** About how many seconds the longest walks take with nothing beside them. It is for a fair division only: one that is wrong makes a run longer, not false. */
const longest: Readonly<Record<string, number>> = {
  "walks/web": 43,
  "walks/web-access": 42,
  "walks/independent": 40,
  "walks/vault": 37,
  "walks/gateway-faults": 37,
  "walks/one-sign-in": 34,
  "walks/gateway-upstream-faults": 27,
  "walks/renewal": 25,
  "docs/commands": 23,
  "walks/large-messages": 23,
  "walks/bridge-faults": 22,
  "walks/gateway-merged": 20,
  "walks/bridge-hosts": 20,
  "walks/gateway-hosts": 18,
  "walks/serve-restart": 18,
  "walks/discovery": 17,
  "walks/seed": 17,
  "walks/accounts": 17,
  "walks/bridge-everything": 16,
  "walks/gateway-everything": 16,
  "walks/headers-command": 16,
  "walks/people": 16,
  "walks/postgres": 16,
  "walks/sign-in": 14,
};
const ofOthers = 6;

const secondsOf = ({ moduleId }: TestSpecification): number => longest[/\/test\/(.*)\.test\.tsx?$/.exec(moduleId.replaceAll("\\", "/"))?.[1] ?? ""] ?? ofOthers;

/** `--shard` by time instead of by number: the longest file first, each to the part that has least to do. */
export class ShareByTime extends BaseSequencer {
  override async shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { index, count } = this.ctx.config.shard ?? { index: 1, count: 1 };
    const parts = Array.from({ length: count }, () => ({ seconds: 0, files: [] as TestSpecification[] }));
    const inOrder = files.toSorted((one, other) => secondsOf(other) - secondsOf(one) || (one.moduleId < other.moduleId ? -1 : 1));
    for (const file of inOrder) {
      const least = parts.reduce((one, other) => (other.seconds < one.seconds ? other : one));
      least.seconds += secondsOf(file);
      least.files.push(file);
    }
    return parts[index - 1]?.files ?? [];
  }
}
