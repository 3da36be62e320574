import { Box, Text } from "ink";
import type { ReactElement } from "react";
import { Details } from "./details.tsx";
import { useTone } from "./screen-context.ts";
import type { Snapshot } from "./screen-types.ts";
import { FoldedSidebar, Sidebar } from "./sidebar.tsx";

export interface HomeProps {
  readonly servers: readonly Snapshot[];
  readonly chosen: number;
  readonly width: number;
  readonly height: number;
  /** There is room for one of both only. */
  readonly folded: boolean;
}

export function isNarrow(columns: number): boolean {
  return columns < 90;
}

/** Left the list, right the chosen server. */
export function Home({ servers, chosen, width, height, folded }: HomeProps): ReactElement {
  const tone = useTone();
  const server = servers[chosen];
  if (folded) return <Sidebar servers={servers} chosen={chosen} width={width} height={height} />;
  const side = Math.max(36, Math.min(56, Math.floor(width * 0.4)));
  return (
    <Box>
      <Sidebar servers={servers} chosen={chosen} width={side} height={height} />
      <Box width={2} flexShrink={0}><Text {...tone("quiet")}>{Array.from({ length: height }, () => "│").join("\n")}</Text></Box>
      <Box flexDirection="column" width={width - side - 3}>
        {server === undefined ? <Text {...tone("quiet")}>{"No server is chosen. mcpass add NAME URL configures one."}</Text> : <Details server={server} width={width - side - 3} height={height} />}
      </Box>
    </Box>
  );
}

/** One server over the whole width, under the folded list. */
export function WholeDetails({ server, width, height, layer }: { readonly server: Snapshot; readonly width: number; readonly height: number; readonly layer: number }): ReactElement {
  return (
    <Box flexDirection="column">
      <FoldedSidebar />
      <Details server={server} width={width - 1} height={height - 1} layer={layer} />
    </Box>
  );
}
