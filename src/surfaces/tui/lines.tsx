import { Box, Text } from "ink";
import type { ReactElement } from "react";
import { fit, wrap } from "./plain.ts";
import { useTone } from "./screen-context.ts";
import type { Tone } from "./store.ts";

/** One row of words. */
export interface Line {
  /** Plain. */
  readonly text: string;
  readonly tone?: Tone | undefined;
  readonly bold?: boolean | undefined;
  readonly italic?: boolean | undefined;
}

/** In rows that fit; the next ones begin under `indent`. */
export function wrapLine(line: Line, width: number, indent = 0): readonly Line[] {
  const { text } = line;
  const [head = "", ...others] = wrap(text, width);
  if (others.length === 0 || indent === 0) return [head, ...others].map((row) => ({ ...line, text: row }));
  // The first row has no indent to make room for.
  const blanks = /^ */.exec(text)?.[0] ?? "";
  const rest = text.trim().slice(head.trim().length).trimStart();
  return [head, ...wrap(blanks + rest, Math.max(1, width - indent)).map((row) => " ".repeat(indent) + row)].map((row) => ({ ...line, text: row }));
}

export function Lines({ lines, width }: { readonly lines: readonly Line[]; readonly width: number }): ReactElement {
  const tone = useTone();
  return (
    <Box flexDirection="column" flexShrink={0}>
      {lines.map((line, index) => (
        <Text key={index} wrap="truncate-end" bold={line.bold === true} italic={line.italic === true} {...tone(line.tone)}>
          {line.text === "" ? " " : fit(line.text, width)}
        </Text>
      ))}
    </Box>
  );
}
