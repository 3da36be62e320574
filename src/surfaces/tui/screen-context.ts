import { createContext, useContext, useLayoutEffect, useRef, useSyncExternalStore } from "react";
import type { Actions } from "./actions.ts";
import { type KeyHandler, type KeyHub } from "./key-hub.ts";
import type { Place, Words } from "./screen-types.ts";
import type { ScreenState, Store, Tone } from "./store.ts";
import type { Size } from "./terminal-screen.ts";

/** What every part of the screen is given. */
export interface ScreenParts {
  readonly store: Store;
  readonly hub: KeyHub;
  readonly actions: Actions;
  readonly words: Words;
  readonly place: Place;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export const PartsContext = createContext<ScreenParts | undefined>(undefined);
export const SizeContext = createContext<Size>({ columns: 80, rows: 24 });

export function useParts(): ScreenParts {
  const parts = useContext(PartsContext);
  if (parts === undefined) throw new Error("a part of the screen stands outside of it");
  return parts;
}

export function useSize(): Size {
  return useContext(SizeContext);
}

export function useScreen(): ScreenState {
  const { store } = useParts();
  return useSyncExternalStore(store.subscribe, store.get);
}

/** Hears keys for as long as the part is shown; `layer`: see `layers`. */
export function useKeys(layer: number, handle: KeyHandler): void {
  const { hub } = useParts();
  const latest = useRef(handle);
  latest.current = handle;
  // At once, not after the frame is shown: the next key may be here already.
  useLayoutEffect(() => hub.add(layer, (key) => latest.current(key)), [hub, layer]);
}

export interface ToneStyle {
  readonly color?: string;
  readonly dimColor?: boolean;
}

/** The colours are those of the terminal, light or dark; quiet is dim, which is no colour. */
export function useTone(): (tone: Tone | undefined) => ToneStyle {
  const { place } = useParts();
  return (tone) => (tone === undefined ? {} : tone === "quiet" ? { dimColor: true } : place.colors ? { color: { good: "green", warn: "yellow", bad: "red" }[tone] } : {});
}
