import { Box, Text } from "ink";
import { type ReactElement, useEffect, useState } from "react";
import { useParts, useTone } from "./screen-context.ts";

export interface QrCodeProps {
  readonly text: string;
  readonly width: number;
  readonly height: number;
  /** How it is left. */
  readonly leave: string;
}

/** A picture for a telephone, light on dark, two of its rows to a line. */
export function QrCode({ text, width, height, leave }: QrCodeProps): ReactElement {
  const { place } = useParts();
  const tone = useTone();
  const [rows, setRows] = useState<readonly string[]>([]);
  useEffect(() => {
    let gone = false;
    void drawn(text).then((lines) => gone || setRows(lines));
    return () => void (gone = true);
  }, [text]);
  const needed = Math.max(rows.length + 1, 1);
  const why = place.ascii ? "This terminal's locale has no signs to draw it with." : rows.length === 0 ? "Drawing…" : `There is no room for it: it takes ${String(rows[0]?.length ?? 0)} columns and ${String(needed + 2)} rows.`;
  const hasRoom = !place.ascii && rows.length > 0 && needed <= height && (rows[0]?.length ?? 0) <= width;
  return (
    <Box flexDirection="column">
      {hasRoom ? rows.map((row, index) => <Text key={index} {...(place.colors ? { color: "whiteBright", backgroundColor: "black" } : {})}>{row}</Text>) : <Text>{why}</Text>}
      <Text {...tone("quiet")}>{leave}</Text>
    </Box>
  );
}

/** Empty for an address that no picture holds. */
async function drawn(text: string): Promise<readonly string[]> {
  const { renderUnicodeCompact } = await import("uqr");
  try {
    return renderUnicodeCompact(text, { border: 1 }).split("\n");
  } catch {
    return [];
  }
}
