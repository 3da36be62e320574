import { Box, Text } from "ink";
import type { ReactElement } from "react";
import { glyphs } from "./glyphs.ts";
import { fit } from "./plain.ts";
import { useScreen, useSize, useTone } from "./screen-context.ts";
import type { Tone } from "./store.ts";

const signs: Readonly<Record<Tone, string>> = { good: glyphs.good, warn: glyphs.warning, bad: glyphs.bad, quiet: glyphs.note };

/** What goes by itself after eight seconds. */
export function Toasts(): ReactElement | null {
  const { toasts } = useScreen();
  const { columns } = useSize();
  const tone = useTone();
  if (toasts.length === 0) return null;
  return (
    <Box flexDirection="column" flexShrink={0}>
      {toasts.map(({ id, tone: kind, text }) => (
        <Text key={id} wrap="truncate-end" bold {...tone(kind)}>{fit(`${signs[kind]} ${text}`, columns - 1)}</Text>
      ))}
    </Box>
  );
}
