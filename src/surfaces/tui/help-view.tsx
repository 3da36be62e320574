import type { ReactElement } from "react";
import { screenCommands, serverCommands } from "./commands.ts";
import { layers } from "./key-hub.ts";
import { type Line, wrapLine } from "./lines.tsx";
import { useKeys } from "./screen-context.ts";
import { ScrollLines } from "./scroll-lines.tsx";
import { Titled } from "./titled.tsx";
import type { ViewProps } from "./view-props.ts";

const others: readonly (readonly [key: string, title: string])[] = [
  ["↑ ↓ j k", "Move; page up and down, home and end too"],
  ["enter", "Details of the chosen server, over the whole width"],
  ["/", "Filter the list by a part of a name or a status"],
  ["esc", "Back; ends the filter"],
  ["ctrl-z", "Suspend; fg brings it back"],
  ["ctrl-l", "Draw everything anew"],
];

export function HelpView({ navigation, width, height }: ViewProps): ReactElement {
  useKeys(layers.pane, ({ name }) => {
    if (name === "escape" || name === "q" || name === "?" || name === "enter") navigation.back();
    return name !== "ctrl-c";
  });
  const rows = (pairs: readonly (readonly [string, string])[]): readonly Line[] => pairs.flatMap(([key, title]) => wrapLine({ text: `  ${key.padEnd(9)}  ${title}` }, width, 13));
  const lines: readonly Line[] = [
    { text: "The chosen server", bold: true },
    ...rows(serverCommands.map(({ key, title }) => [key, title])),
    { text: "The screen", bold: true },
    ...rows([...others, ...screenCommands.map(({ key, title }) => [key, title] as const)]),
  ];
  return <Titled title="Help"><ScrollLines layer={layers.dialog} lines={lines} width={width} height={height - 1} /></Titled>;
}
