import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";

import { withPart } from "../docs/generated-part.ts";
import { isWithin, peerPart, type PeerRow } from "./peer-table.ts";

export interface Row {
  readonly what: string;
  readonly beside: string;
  readonly ratio: number;
  /** The most it may be. */
  readonly limit: number;
}

/** Prints the table and writes it into the page; true when every ratio is within its limit. */
export function writeTable(rows: readonly Row[], page: string, rounds: number): boolean {
  const lines = rows.map(({ what, beside, ratio, limit }) => `| ${what} | ${beside} | ${ratio.toFixed(2)} | ≤ ${limit} | ${ratio <= limit ? "yes" : "**no**"} |`);
  const table = ["| what | beside | ratio | limit | within |", "| --- | --- | ---: | ---: | --- |", ...lines].join("\n");
  const made = `Made by \`npm run bench\`: medians of ${rounds} runs (with messages of 50 MB: 3) taken in turn, in one go, on Node ${process.versions.node}, ${cpus().length} cores, servers on loopback.`;
  writePart(page, "beside floors", `${made} A ratio is our figure over the one beside it; timings themselves say more about the machine than about the program.\n\n${table}`);
  return rows.every(({ ratio, limit }) => ratio <= limit);
}

/** As `writeTable`, beside programs by others. */
export function writePeerTable(rows: readonly PeerRow[], page: string, rounds: number): boolean {
  writePart(page, "beside others", peerPart(rows, rounds));
  return rows.every(isWithin);
}

/** The other part of the page, made by another run, stays as it is. */
function writePart(page: string, name: string, content: string): void {
  process.stdout.write(`${content}\n`);
  writeFileSync(page, withPart(readFileSync(page, "utf8"), name, content, "bench"));
}
