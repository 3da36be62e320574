import { type ReactElement, useEffect } from "react";
import { detailLines } from "./detail-lines.ts";
import { wrapLine } from "./lines.tsx";
import { ScrollLines } from "./scroll-lines.tsx";
import { useParts, useScreen } from "./screen-context.ts";
import type { Snapshot } from "./screen-types.ts";

export interface DetailsProps {
  readonly server: Snapshot;
  readonly width: number;
  readonly height: number;
  readonly layer?: number | undefined;
}

const lingerMs = 80;

/** One server. */
export function Details({ server, width, height, layer }: DetailsProps): ReactElement {
  const { words, actions, store } = useParts();
  const state = useScreen();
  const { name, status, signedIn } = server;
  useEffect(() => {
    // Who only passes by reads neither the vault nor a server.
    const timer = setTimeout(() => {
      void actions.loadGrant(name);
      if (status === "connected" && !store.get().catalogs.has(name)) void actions.loadCatalog(name);
    }, lingerMs);
    return () => clearTimeout(timer);
  }, [actions, store, name, status, signedIn]);
  const lines = detailLines(server, state, words).flatMap((line) => wrapLine(line, width, /^\w[\w ]{0,10} +\S/.test(line.text) ? 2 : 0));
  return <ScrollLines key={name} lines={lines} width={width} height={height} layer={layer} />;
}
