import { cpus, loadavg } from "node:os";

/** Ours beside a program by others. */
export interface PeerFigures {
  readonly what: string;
  /** Which of its commands, where it has several. */
  readonly beside?: string;
  readonly unit: "ms" | "MB";
  readonly ours: number;
  readonly theirs: number;
}

/** `beside`: the program with its version. `node`: what both ran on. What could not be measured, and why, is a row as well, and not within. */
export type PeerRow = (PeerFigures & { readonly beside: string; readonly node: string }) | { readonly what: string; readonly beside: string; readonly fault: string };

const limit = 1;

export function isWithin(row: PeerRow): boolean {
  return "ours" in row && row.ours <= limit * row.theirs;
}

/** The second part of docs/performance.md. */
export function peerPart(rows: readonly PeerRow[], rounds: number): string {
  const made = `Made by \`npm run bench -- --peers\`: medians, of starts and whole commands those of ${rounds} runs, taken in turn, in one go, ${cpus().length} cores, servers on loopback, each beside ours on the same Node; load of the machine over its last minute ${(loadavg()[0] ?? 0).toFixed(1)}, of which a run makes about 1.`;
  const how = "All reach the same server: `mcpass` is signed in to it, the others are given the same token as a header; mcp-remote and supergateway are told not to log. Memory is that of all processes that belong to a program, also of a daemon; what they have mapped from files, which they share, is counted once. A ratio is ours over theirs.";
  const table = ["| what | ours | beside | theirs | Node | ratio | limit | within |", "| --- | ---: | --- | ---: | --- | ---: | ---: | --- |", ...rows.map(line)];
  return `${made} ${how}\n\n${table.join("\n")}`;
}

function line(row: PeerRow): string {
  const within = isWithin(row) ? "yes" : "**no**";
  if ("fault" in row) return `| ${row.what} | | ${row.beside} | not measured: ${inCell(row.fault)} | | | ≤ ${limit} | ${within} |`;
  return `| ${row.what} | ${figure(row.ours, row.unit)} | ${row.beside} | ${figure(row.theirs, row.unit)} | ${row.node} | ${(row.ours / row.theirs).toFixed(2)} | ≤ ${limit} | ${within} |`;
}

function figure(value: number, unit: string): string {
  return `${value.toFixed(value < 10 ? 2 : 0)} ${unit}`;
}

function inCell(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|").slice(0, 200);
}
