import { type ReactElement } from "react";
import { glyphs } from "./glyphs.ts";
import { layers } from "./key-hub.ts";
import { type Line, wrapLine } from "./lines.tsx";
import { plain } from "./plain.ts";
import { useKeys, useScreen } from "./screen-context.ts";
import type { Snapshot } from "./screen-types.ts";
import { ScrollLines } from "./scroll-lines.tsx";
import { lookOf } from "./status-look.ts";
import { Titled } from "./titled.tsx";
import type { ViewProps } from "./view-props.ts";

/** OpenCode's status dialog, with the command to type next to each problem. */
export function StatusView({ navigation, width, height }: ViewProps): ReactElement {
  const { servers } = useScreen();
  useKeys(layers.pane, ({ name }) => {
    if (name === "escape" || name === "q" || name === "s" || name === "enter") navigation.back();
    return name !== "ctrl-c";
  });
  const heading: Line = { text: servers.length === 0 ? "No MCP Servers" : `${String(servers.length)} MCP Server${servers.length === 1 ? "" : "s"}` };
  return (
    <Titled title="Status">
      <ScrollLines layer={layers.dialog} width={width} height={height - 1} lines={[heading, ...servers.flatMap((server) => serverLines(server, width))]} />
    </Titled>
  );
}

function serverLines(server: Snapshot, width: number): readonly Line[] {
  const look = lookOf(server);
  const next = server.status === "needs_auth" ? undefined : (server.hint ?? server.error?.hint);
  return [
    { text: `${glyphs.bullet} ${plain(server.name, 60)}`, tone: look.tone, bold: true },
    ...wrapLine({ text: `  ${look.long}`, tone: "quiet" }, width),
    ...(next === undefined ? [] : wrapLine({ text: `  next: ${plain(next, 600)}` }, width)),
  ];
}
