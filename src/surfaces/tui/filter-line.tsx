import { Box, Text } from "ink";
import type { ReactElement } from "react";
import { layers } from "./key-hub.ts";
import { plain } from "./plain.ts";
import { useKeys, useTone } from "./screen-context.ts";
import type { Snapshot } from "./screen-types.ts";
import { lookOf } from "./status-look.ts";
import { TextField } from "./text-field.tsx";

export interface FilterLineProps {
  readonly filter: string;
  readonly isTyping: boolean;
  readonly onChange: (filter: string | undefined) => void;
  readonly onDone: () => void;
}

/** What the list is filtered by; Enter keeps it and gives the keys back to the list. */
export function FilterLine({ filter, isTyping, onChange, onDone }: FilterLineProps): ReactElement {
  const tone = useTone();
  return (
    <Box height={1} flexShrink={0}>
      <Text bold>/</Text>
      {isTyping ? <Typing filter={filter} onChange={onChange} onDone={onDone} /> : <Text wrap="truncate-end">{plain(filter, 100)}<Text {...tone("quiet")}>  esc shows all</Text></Text>}
    </Box>
  );
}

function Typing({ filter, onChange, onDone }: Omit<FilterLineProps, "isTyping">): ReactElement {
  useKeys(layers.field, ({ name }) => {
    if (name === "escape") return onChange(undefined), true;
    return name === "up" || name === "down" ? (onDone(), false) : false;
  });
  return <TextField layer={layers.dialog} width={50} value={filter} onChange={onChange} onEnter={onDone} hint="part of a name or a status; or a command, as status" />;
}

export function matches(server: Snapshot, filter: string): boolean {
  return `${server.name}\n${lookOf(server).word}\n${server.url ?? ""}`.toLowerCase().includes(filter.toLowerCase());
}
