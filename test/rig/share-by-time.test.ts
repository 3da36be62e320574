import { expect, test } from "vitest";
import type { TestSpecification, Vitest } from "vitest/node";
import { ShareByTime } from "./share-by-time.ts";

const files = ["walks/web", "walks/web-access", "walks/independent", ...Array.from({ length: 21 }, (_, index) => `walks/short-${String(index)}`)].map((name) => ({ moduleId: `/somewhere/test/${name}.test.ts` }) as TestSpecification);

async function partsOf(count: number): Promise<readonly (readonly string[])[]> {
  const share = (index: number): Promise<TestSpecification[]> => new ShareByTime({ config: { shard: { index, count } } } as unknown as Vitest).shard(index % 2 === 0 ? files : files.toReversed());
  return (await Promise.all(Array.from({ length: count }, (_, index) => share(index + 1)))).map((part) => part.map(({ moduleId }) => moduleId));
}

test("every file is in one part, whatever their order, and the parts take about as long as each other", async () => {
  const parts = await partsOf(3);
  expect(parts.flat().toSorted()).toEqual(files.map(({ moduleId }) => moduleId).toSorted());
  expect(parts.map((part) => part.filter((name) => !name.includes("short-")).length)).toEqual([1, 1, 1]);
  expect(parts.map(({ length }) => length)).toEqual([8, 8, 8]);
  expect((await partsOf(1))[0]).toHaveLength(files.length);
});
