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
  const { words, actions } = useParts();
  const state = useScreen();
  const { name, status, signedIn } = server;
  useEffect(() => {
    // Who only passes by does not read the vault.
    const timer = setTimeout(() => void actions.loadGrant(name), lingerMs);
    return () => clearTimeout(timer);
  }, [actions, name, status, signedIn]);
  const lines = detailLines(server, state, words).flatMap((line) => wrapLine(line, width, /^\w[\w ]{0,10} +\S/.test(line.text) ? 2 : 0));
  return <ScrollLines key={name} lines={lines} width={width} height={height} layer={layer} />;
}
