import { differences, packageOf, questions, serverNames } from "../../test/servers/independent/differences.ts";

/** A column for each server, a row for each question. */
export function authorizationServersTable(): string {
  const packages = ["Package", ...serverNames.map((name) => `\`${packageOf[name]}\``)];
  const rows = (Object.keys(questions) as (keyof typeof questions)[]).map((question) => [questions[question], ...serverNames.map((name) => differences[name][question])]);
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(["", ...serverNames]), line(["", ...serverNames].map(() => "---")), line(packages), ...rows.map(line)].join("\n");
}
