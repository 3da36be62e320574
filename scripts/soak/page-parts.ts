import { cpus } from "node:os";

export function madeOn(): string {
  return `Node ${process.versions.node}, ${cpus().length} cores, servers on loopback`;
}

/** The first column to the left, the others, which are figures, to the right. */
export function tableOf(head: readonly string[], rows: readonly (readonly [string, ...(number | string)[]])[]): string {
  return [`| | ${head.join(" | ")} |`, `| --- | ${head.map(() => "---:").join(" | ")} |`, ...rows.map((cells) => `| ${cells.map(words).join(" | ")} |`)].join("\n");
}

export function words(value: number | string): string {
  return typeof value === "number" ? value.toLocaleString("en-US") : value;
}
