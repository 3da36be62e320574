import { Text } from "ink";
import { type ReactElement, useState } from "react";
import { type Command, type Doing, screenCommands, serverCommands } from "./commands.ts";
import { glyphs } from "./glyphs.ts";
import { layers } from "./key-hub.ts";
import { moved, PickList } from "./pick-list.tsx";
import { fit, plain } from "./plain.ts";
import { useKeys } from "./screen-context.ts";
import { TextField } from "./text-field.tsx";
import { Titled } from "./titled.tsx";
import type { ViewProps } from "./view-props.ts";

/** Every command that can be done now, to search in. */
export function PaletteView({ navigation, width, height, doing }: ViewProps & { readonly doing: Doing }): ReactElement {
  const [words, setWords] = useState("");
  const [chosen, setChosen] = useState(0);
  const wanted = words.toLowerCase().replace(/^\//, "").split(/\s+/);
  const found = [...serverCommands, ...screenCommands].filter(({ key, word, title, fits }) => key !== ":" && fits(doing.server, doing.state) && wanted.every((part) => `${word} ${title}`.toLowerCase().includes(part)));
  const at = Math.min(chosen, Math.max(0, found.length - 1));
  const run = (command: Command | undefined): void => {
    navigation.back();
    command?.run(doing);
  };
  useKeys(layers.dialog, ({ name }) => {
    const to = moved(name, at, found.length, { letters: false, page: height - 3 });
    if (to !== undefined) setChosen(to);
    if (name === "escape") navigation.back();
    return name !== "ctrl-c";
  });
  const about = (command: Command): string => (serverCommands.includes(command) && doing.server !== undefined ? ` (${plain(doing.server.name, 40)})` : "");
  return (
    <Titled title="Commands">
      <TextField layer={layers.field} width={width} value={words} onChange={setWords} onEnter={() => run(found[at])} hint="what would you like to do?" />
      {found.length === 0 ? <Text dimColor>No command has these words.</Text> : <PickList items={found} chosen={at} height={height - 2} keyOf={({ key }) => key} row={(command, isChosen) => <Text wrap="truncate-end" bold={isChosen}>{fit(`${isChosen ? glyphs.chosen : " "} ${command.key.padEnd(6)} ${command.title}${about(command)}`, width)}</Text>} />}
    </Titled>
  );
}
