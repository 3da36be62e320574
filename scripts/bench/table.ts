import { writeFileSync } from "node:fs";
import { cpus } from "node:os";

export interface Row {
  readonly what: string;
  readonly beside: string;
  readonly ratio: number;
  /** The most it may be. */
  readonly limit: number;
}

/** Prints the table and writes it to the page; true when every ratio is within its limit. */
export function writeTable(rows: readonly Row[], page: string, rounds: number): boolean {
  const lines = rows.map(({ what, beside, ratio, limit }) => `| ${what} | ${beside} | ${ratio.toFixed(2)} | ≤ ${limit} | ${ratio <= limit ? "yes" : "**no**"} |`);
  const table = ["| what | beside | ratio | limit | within |", "| --- | --- | ---: | ---: | --- |", ...lines].join("\n");
  process.stdout.write(`${table}\n`);
  const made = `Made by \`npm run bench\`: medians of ${rounds} runs taken in turn, in one go, on Node ${process.versions.node}, ${cpus().length} cores, servers on loopback.`;
  writeFileSync(page, `# Performance\n\n${made} A ratio is our figure over the one beside it; timings themselves say more about the machine than about the program.\n\n${table}\n`);
  return rows.every(({ ratio, limit }) => ratio <= limit);
}
