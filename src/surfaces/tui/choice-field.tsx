import { Text } from "ink";
import type { ReactElement } from "react";
import { fit, plain } from "./plain.ts";
import { useKeys } from "./screen-context.ts";

export interface ChoiceFieldProps {
  readonly titles: readonly string[];
  /** It has to have one of them. */
  readonly required: boolean;
  readonly layer: number;
  readonly width: number;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** One of several; space and the arrows go on, backspace takes none. */
export function ChoiceField({ titles, required, layer, width, value, onChange }: ChoiceFieldProps): ReactElement {
  const choices = required ? titles : ["", ...titles];
  const at = choices.indexOf(value);
  useKeys(layer, ({ name }) => {
    const step = name === " " || name === "right" ? 1 : name === "left" ? -1 : 0;
    if (step !== 0) onChange(choices[(at + step + choices.length) % choices.length] ?? "");
    else if (name === "backspace" || name === "delete") onChange("");
    else if (/^.$/u.test(name)) onChange(choices.find((choice) => choice.toLowerCase().startsWith(name.toLowerCase())) ?? value);
    else return false;
    return true;
  });
  const count = value === "" ? `space chooses among ${String(titles.length)}` : `${String(titles.indexOf(value) + 1)} of ${String(titles.length)}`;
  return <Text wrap="truncate-end"><Text inverse>{` ${fit(plain(value === "" ? "not set" : value, 200), Math.max(4, width - count.length - 6))} `}</Text> <Text dimColor>{count}</Text></Text>;
}
