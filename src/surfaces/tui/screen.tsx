import { type ReactElement, type ReactNode, useEffect, useState } from "react";
import { PartsContext, type ScreenParts, SizeContext } from "./screen-context.ts";
import type { Size } from "./terminal-screen.ts";

export interface ScreenProps {
  readonly parts: ScreenParts;
  readonly size: { readonly get: () => Size; readonly subscribe: (tell: () => void) => () => void };
  readonly children?: ReactNode;
}

/** Gives every part what it needs, and the size of the window as it changes. */
export function Screen({ parts, size, children }: ScreenProps): ReactElement {
  const [now, setNow] = useState(size.get);
  useEffect(() => size.subscribe(() => setNow(size.get())), [size]);
  return (
    <PartsContext.Provider value={parts}>
      <SizeContext.Provider value={now}>{children}</SizeContext.Provider>
    </PartsContext.Provider>
  );
}
