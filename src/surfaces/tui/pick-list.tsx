import { Box, Text } from "ink";
import type { ReactElement, ReactNode } from "react";
import { useTone } from "./screen-context.ts";

export interface PickListProps<Item> {
  readonly items: readonly Item[];
  readonly chosen: number;
  readonly height: number;
  readonly row: (item: Item, isChosen: boolean) => ReactNode;
  readonly keyOf: (item: Item) => string;
}

/** The part of a long list around what is chosen; what is outside is not drawn. */
export function PickList<Item>({ items, chosen, height, row, keyOf }: PickListProps<Item>): ReactElement {
  const tone = useTone();
  const counted = items.length > height && height > 2;
  const room = counted ? height - 1 : height;
  const top = Math.max(0, Math.min(chosen - Math.floor(room / 2), items.length - room));
  return (
    <Box flexDirection="column" height={height} overflow="hidden">
      {items.slice(top, top + room).map((item, index) => (
        <Box key={keyOf(item)} flexShrink={0} height={1}>
          {row(item, top + index === chosen)}
        </Box>
      ))}
      {counted ? <Text {...tone("quiet")}>{`  ${String(chosen + 1)} of ${String(items.length)}`}</Text> : null}
    </Box>
  );
}

/** The index that a key leads to; undefined: it is no key of a list. Letters move only where nothing is typed. */
export function moved(name: string, at: number, count: number, { letters, page }: { readonly letters: boolean; readonly page: number }): number | undefined {
  const steps: Readonly<Record<string, number>> = { up: -1, down: 1, pageup: -page, pagedown: page, home: -count, end: count, ...(letters ? { k: -1, j: 1 } : {}) };
  const step = steps[name];
  return step === undefined ? undefined : Math.max(0, Math.min(count - 1, at + step));
}
