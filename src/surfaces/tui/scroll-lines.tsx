import { Box } from "ink";
import { type ReactElement, useState } from "react";
import { layers } from "./key-hub.ts";
import type { Key } from "./keys.ts";
import { type Line, Lines } from "./lines.tsx";
import { useKeys } from "./screen-context.ts";

export interface ScrollLinesProps {
  readonly lines: readonly Line[];
  readonly width: number;
  readonly height: number;
  /** Where keys move it; without, it stays at its beginning. */
  readonly layer?: number | undefined;
  /** It begins, and stays, at its end. */
  readonly atEnd?: boolean | undefined;
}

/** As much of many lines as has room, and only that is drawn. */
export function ScrollLines({ lines, width, height, layer, atEnd = false }: ScrollLinesProps): ReactElement {
  const more = lines.length > height && height > 1;
  // The last row says how many are below.
  const last = Math.max(0, lines.length - (more ? height - 1 : height));
  const [chosen, setChosen] = useState<number | undefined>(undefined);
  const top = Math.min(chosen ?? (atEnd ? last : 0), last);
  useKeys(layer ?? layers.screen, (key) => {
    const to = layer === undefined ? undefined : scrolled(key, top, height, last);
    if (to === undefined) return false;
    setChosen(atEnd && to >= last ? undefined : to);
    return true;
  });
  const shown = lines.slice(top, top + (more ? height - 1 : height));
  const below = Math.max(0, lines.length - top - shown.length);
  return (
    <Box flexDirection="column" height={height} overflow="hidden">
      <Lines lines={more ? [...shown, { text: below === 0 ? "(end)" : `↓ ${below === 1 ? "1 more line" : `${String(below)} more lines`}`, tone: "quiet" }] : shown} width={width} />
    </Box>
  );
}

/** Where that key leads; undefined: nowhere. */
export function scrolled({ name }: Key, at: number, height: number, last: number): number | undefined {
  const page = Math.max(1, height - 2);
  const to = { up: at - 1, k: at - 1, down: at + 1, j: at + 1, pageup: at - page, pagedown: at + page, home: 0, end: last }[name];
  return to === undefined ? undefined : Math.max(0, Math.min(last, to));
}
