import { Box, Text } from "ink";
import type { ReactElement, ReactNode } from "react";
import { fit } from "./plain.ts";
import { useSize, useTone } from "./screen-context.ts";

/** A view with its title, and how to leave it. */
export function Titled({ title, aside = "esc", children }: { readonly title: string; readonly aside?: string | undefined; readonly children: ReactNode }): ReactElement {
  const { columns } = useSize();
  const tone = useTone();
  return (
    <Box flexDirection="column" width={columns}>
      <Text wrap="truncate-end"><Text bold>{fit(title, columns - aside.length - 3)}</Text>  <Text {...tone("quiet")}>{aside}</Text></Text>
      {children}
    </Box>
  );
}
