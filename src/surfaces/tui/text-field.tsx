import { Text } from "ink";
import { type ReactElement, useLayoutEffect, useRef, useState } from "react";
import type { Key } from "./keys.ts";
import { fit, plain, widthOf } from "./plain.ts";
import { useKeys, useTone } from "./screen-context.ts";

export interface TextFieldProps {
  readonly layer: number;
  readonly width: number;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onEnter?: (() => void) | undefined;
  /** Shown where nothing is written. */
  readonly hint?: string | undefined;
  /** Shown as dots. */
  readonly secret?: boolean | undefined;
}

const longest = 1_000_000;

/** One line that a person writes or pastes into; everything else falls through to who is below. */
export function TextField({ layer, width, value, onChange, onEnter, hint = "", secret = false }: TextFieldProps): ReactElement {
  const tone = useTone();
  const [at, setAt] = useState(value.length);
  // Several keys may come before the next frame.
  const now = useRef({ value, at });
  useLayoutEffect(() => {
    now.current = { value, at: Math.min(now.current.at, value.length) };
  }, [value]);
  useKeys(layer, (key) => {
    if (key.name === "enter" && onEnter !== undefined) return onEnter(), true;
    const edited = edit(key, now.current.value, now.current.at);
    if (edited === undefined) return false;
    const isChanged = edited.value !== now.current.value;
    now.current = edited;
    setAt(edited.at);
    if (isChanged) onChange(edited.value);
    return true;
  });
  if (value === "") return <Text wrap="truncate-end"><Text inverse> </Text><Text {...tone("quiet")}>{fit(hint, width - 1)}</Text></Text>;
  const shown = secret ? "•".repeat(value.length) : value;
  // The end of what stands before the cursor, as much as has room.
  const before = plain(shown.slice(Math.max(0, at - width), at), width);
  const head = before.slice(Math.max(0, before.length - (width - 2)));
  const under = plain(shown.slice(at, at + 1), 2) || " ";
  const after = fit(plain(shown.slice(at + 1, at + 1 + width), width), Math.max(0, width - widthOf(head) - widthOf(under)));
  return <Text wrap="truncate-end">{head}<Text inverse>{under}</Text>{after}</Text>;
}

/** undefined: the key changes nothing in a line. */
function edit({ name, text }: Key, value: string, at: number): { readonly value: string; readonly at: number } | undefined {
  const put = (words: string): { value: string; at: number } => ({ value: (value.slice(0, at) + words + value.slice(at)).slice(0, longest), at: Math.min(longest, at + words.length) });
  switch (name) {
    case "paste":
      return put(text.replaceAll(/\r\n|[\r\n]/g, " ").trim());
    case "backspace":
      return at === 0 ? { value, at } : { value: value.slice(0, at - 1) + value.slice(at), at: at - 1 };
    case "delete":
      return { value: value.slice(0, at) + value.slice(at + 1), at };
    case "left":
      return { value, at: Math.max(0, at - 1) };
    case "right":
      return { value, at: Math.min(value.length, at + 1) };
    case "home":
    case "ctrl-a":
      return { value, at: 0 };
    case "end":
    case "ctrl-e":
      return { value, at: value.length };
    case "ctrl-u":
      return { value: value.slice(at), at: 0 };
    default:
      return text === "" ? undefined : put(text);
  }
}
