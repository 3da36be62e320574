import { McpassError, describeCause, findMcpassError } from "../../base/errors.ts";
import { plainText, withoutSecrets } from "../../base/redact.ts";
import type { Colors } from "./terminal.ts";

/** Facts of `details` that help a person, in this order, where the message does not already have them. */
const shownFacts = ["leg", "url", "status", "error", "issuer", "previousIssuer", "redirectUri", "scopes", "exitCode"] as const;

export interface RenderOptions {
  readonly colors: Colors;
  /** Also the code, every detail and the stack. */
  readonly verbose: boolean;
}

/** `error: …`, a line of facts, `hint: …`; never a stack without --verbose, and never a control character. */
export function renderError(error: McpassError, { colors, verbose }: RenderOptions): string {
  const facts = factsOf(error);
  const lines = [
    `${colors.red("error:")} ${plainLines(error.message)}`,
    ...(facts === "" ? [] : [colors.dim(`  ${facts}`)]),
    ...(error.hint === undefined ? [] : [`${colors.cyan("hint:")} ${plainLines(error.hint)}`]),
    ...(verbose ? verboseLines(error).map((line) => colors.dim(`  ${line}`)) : []),
  ];
  return lines.join("\n");
}

/** What is wrong and stops nothing yet: `warning: …`, `hint: …`. */
export function renderWarning({ message, hint }: Pick<McpassError, "message" | "hint">, colors: Colors): string {
  return [`${colors.yellow("warning:")} ${plainLines(message)}`, ...(hint === undefined ? [] : [`${colors.cyan("hint:")} ${plainLines(hint)}`])].join("\n");
}

/** Any thrown value as the one error class. What is not ours becomes `internal`: one line that says where to turn. */
export function toMcpassError(thrown: unknown): McpassError {
  const own = findMcpassError(thrown);
  if (own !== undefined) return own;
  return new McpassError("internal", `Something unexpected happened inside mcpass: ${plainText(describeCause(thrown))}`, {
    hint: "repeat the command with --verbose and report what it shows",
    cause: thrown,
  });
}

/** Keeps line breaks and indentation (a caret may stand under a column) and nothing else that is not printable. */
export function plainLines(text: string): string {
  return text.split("\n").map((line) => `${/^ */.exec(line)?.[0] ?? ""}${keepColumns(line)}`).join("\n");
}

/** `plainText` without its folding of blanks and without a limit. */
function keepColumns(line: string): string {
  return line.trim().split(/( {2,})/).map((part) => (part.trim() === "" ? part : plainText(part, Number.MAX_SAFE_INTEGER))).join("").replace(/^\s+|\s+$/g, "");
}

function factsOf(error: McpassError): string {
  const said = `${error.message}\n${error.hint ?? ""}`;
  return shownFacts
    .flatMap((name) => {
      const value = error.details[name];
      const text = Array.isArray(value) ? value.join(" ") : typeof value === "string" || typeof value === "number" ? String(value) : "";
      return text === "" || said.includes(text) ? [] : [`${factNames[name]} ${plainText(text)}`];
    })
    .join(" · ");
}

const factNames: Readonly<Record<(typeof shownFacts)[number], string>> = {
  leg: "while:",
  url: "at",
  status: "HTTP",
  error: "answer:",
  issuer: "issuer:",
  previousIssuer: "issuer before:",
  redirectUri: "redirect URI:",
  scopes: "scopes:",
  exitCode: "exit code",
};

function verboseLines(error: McpassError): string[] {
  const details = Object.keys(error.details).length === 0 ? [] : [`details: ${plainText(JSON.stringify(error.details), 4000)}`];
  return [`code: ${error.code}`, ...details, ...stackLines(error, 0)];
}

/** The stack of the error and of what caused it; bearer-like words in it are left out. Z05 */
function stackLines(error: Error, depth: number): string[] {
  const own = (error.stack ?? `${error.name}: ${error.message}`).split("\n").map((line) => plainText(withoutSecrets(line), 500));
  const cause = error.cause instanceof Error && depth < 5 ? ["caused by:", ...stackLines(error.cause, depth + 1)] : [];
  return [...own, ...cause];
}
