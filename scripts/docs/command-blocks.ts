/** A fenced block of a page whose commands are run by test/docs/commands.test.ts. */
export interface CommandBlock {
  readonly file: string;
  /** Of the fence, from 1. */
  readonly line: number;
  /** sh: commands; console: commands after `$ `, each with the output that it must have. */
  readonly kind: "sh" | "console";
  /** From the comment before the block, `<!-- run: SCENARIO [exit=N] [answer=TEXT] [until=WORD] -->`. */
  readonly scenario: string | undefined;
  /** What every command of the block ends with. */
  readonly exitCode: number;
  /** What is typed where the block's commands ask; they run in a terminal then. */
  readonly answer: string | undefined;
  /** The block's commands go on by themselves: each is interrupted when it has said this word. */
  readonly until: string | undefined;
  readonly commands: readonly { readonly line: string; readonly output: string }[];
}

const block = /(?:<!-- run: ([^>]*?) -->\s*)?^```(sh|console)\n([\s\S]*?)^```$/gm;

/** Every sh and console block of a page, in its order. */
export function commandBlocks(file: string, page: string): readonly CommandBlock[] {
  return [...page.matchAll(block)].map((match) => {
    const [whole, mark = "", kind, body = ""] = match;
    const [scenario, ...facts] = mark.split(/\s+/);
    const fact = (name: string): string | undefined => facts.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
    const line = page.slice(0, match.index + whole.indexOf("```")).split("\n").length;
    return {
      file,
      line,
      kind: kind === "console" ? "console" : "sh",
      scenario: scenario === "" ? undefined : scenario,
      exitCode: Number(fact("exit") ?? 0),
      answer: fact("answer"),
      until: fact("until"),
      commands: kind === "console" ? withOutput(body) : body.split("\n").filter(isCommand).map((text) => ({ line: text.replace(/^\$ /, "").trim(), output: "" })),
    };
  });
}

function isCommand(line: string): boolean {
  return line.trim() !== "" && !line.startsWith("#");
}

function withOutput(body: string): CommandBlock["commands"] {
  const [, ...parts] = `\n${body}`.split(/\n\$ /);
  return parts.map((part) => {
    const [line = "", ...output] = part.split("\n");
    return { line, output: output.join("\n").trim() };
  });
}
