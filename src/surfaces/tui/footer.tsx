import { Text } from "ink";
import type { ReactElement } from "react";
import { type Doing, screenCommands, serverCommands } from "./commands.ts";
import { glyphs } from "./glyphs.ts";
import { useScreen, useSize, useTone } from "./screen-context.ts";
import { plugTone } from "./status-look.ts";

/** A key and what it does here. */
export type Hint = readonly [key: string, word: string];

/** `⊙ N MCP`, and the keys that work here, as many as have room. */
export function Footer({ hints }: { readonly hints: readonly Hint[] }): ReactElement {
  const { servers } = useScreen();
  const { columns } = useSize();
  const tone = useTone();
  const connected = servers.filter(({ status }) => status === "connected").length;
  const shown: Hint[] = [];
  let used = `${glyphs.plug} ${String(connected)} MCP`.length;
  for (const hint of hints) {
    used += hint[0].length + hint[1].length + 3;
    if (used < columns) shown.push(hint);
  }
  return (
    <Text wrap="truncate-end">
      <Text {...tone(plugTone(servers))}>{glyphs.plug}</Text> {connected} MCP{shown.map(([key, word]) => (
        <Text key={key}>{"  "}<Text bold>{key}</Text> <Text {...tone("quiet")}>{word}</Text></Text>
      ))}
    </Text>
  );
}

/** What can be done from the list, and with the chosen server. */
export function hintsOf(doing: Doing, isHome: boolean): readonly Hint[] {
  const own = serverCommands.filter(({ fits }) => fits(doing.server, doing.state)).map(({ key, word }): Hint => [key, key === "space" && doing.server?.status === "connected" ? "disconnect" : word]);
  const others = screenCommands.map(({ key, word }): Hint => [key, word]);
  return [...(isHome ? [["enter", "details"] as const] : [["esc", "back"] as const]), ...own.slice(0, 4), ["?", "help"], ...own.slice(4), ["/", "filter"], ...others.filter(([key]) => key !== "?")];
}
