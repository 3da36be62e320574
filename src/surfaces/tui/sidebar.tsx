import { Box, Text } from "ink";
import type { ReactElement } from "react";
import { glyphs } from "./glyphs.ts";
import { PickList } from "./pick-list.tsx";
import { useScreen, useTone } from "./screen-context.ts";
import type { Snapshot } from "./screen-types.ts";
import { ServerLine } from "./server-line.tsx";
import { countWords } from "./status-look.ts";

export interface SidebarProps {
  /** Those that the filter lets through. */
  readonly servers: readonly Snapshot[];
  readonly chosen: number;
  readonly width: number;
  readonly height: number;
}

/** Every server with its status. */
export function Sidebar({ servers, chosen, width, height }: SidebarProps): ReactElement {
  const { servers: all } = useScreen();
  const tone = useTone();
  return (
    <Box flexDirection="column" width={width} flexShrink={0}>
      <Text wrap="truncate-end">
        <Text bold>MCP</Text>
        <Text {...tone("quiet")}> {countWords(all)}</Text>
      </Text>
      {servers.length === 0 ? <Text {...tone("quiet")}>No server matches.</Text> : <PickList items={servers} chosen={chosen} height={height - 1} keyOf={({ name }) => name} row={(server, isChosen) => <ServerLine server={server} isChosen={isChosen} width={width - 1} />} />}
    </Box>
  );
}

/** The same, folded to its counts. */
export function FoldedSidebar(): ReactElement {
  const { servers } = useScreen();
  const tone = useTone();
  return (
    <Text wrap="truncate-end">
      {glyphs.folded} <Text bold>MCP</Text>
      <Text {...tone("quiet")}> {countWords(servers)}</Text>
    </Text>
  );
}
