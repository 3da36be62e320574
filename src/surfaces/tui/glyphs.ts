import { widthOf } from "./plain.ts";

/** The signs of the screen, each one column wide. */
export const glyphs = { bullet: "•", plug: "⊙", open: "▼", folded: "▶", chosen: "›", good: "✓", bad: "✗", warning: "⚠", note: "·", cursor: "▏", on: "◉", off: "○", up: "↑", down: "↓", wait: "⋯" } as const;

const stands: Readonly<Record<string, string>> = { "•": "*", "⊙": "@", "▼": "v", "▶": ">", "›": ">", "✓": "+", "✗": "x", "⚠": "!", "·": "-", "▏": "_", "◉": "*", "○": "o", "↑": "^", "↓": "v", "⋯": "~", "…": "~", "─": "-", "│": "|", "┌": "+", "┐": "+", "└": "+", "┘": "+", "“": '"', "”": '"', "’": "'", "–": "-", "—": "-" };

/** A frame in ASCII, every sign as wide as it was. For a locale that knows no others. */
export function toAscii(frame: string): string {
  return frame.replace(/[^\u0000-\u007f]/gu, (sign) => stands[sign] ?? "?".repeat(widthOf(sign)));
}
