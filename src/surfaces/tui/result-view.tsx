import { type ReactElement, useMemo } from "react";
import type { Progress } from "../../connection/manager.ts";
import { layers } from "./key-hub.ts";
import { wrapLine } from "./lines.tsx";
import type { ResultPart } from "./result-parts.ts";
import { ResultTree } from "./result-tree.tsx";
import { Running } from "./running.tsx";
import { useKeys, useParts } from "./screen-context.ts";
import { ScrollLines } from "./scroll-lines.tsx";

export interface ResultViewProps {
  readonly running: boolean;
  readonly startedAt: number;
  readonly progress?: Progress | undefined;
  readonly parts: readonly ResultPart[];
  readonly text: string;
  readonly width: number;
  readonly height: number;
  /** Reads a resource that the result links to. */
  readonly follow: (uri: string) => void;
}

/** What came of a call, or how far it is. */
export function ResultView({ running, startedAt, progress, parts, text, width, height, follow }: ResultViewProps): ReactElement {
  const { actions } = useParts();
  useKeys(layers.field, ({ name }) => {
    if (name !== "y" || running) return false;
    actions.copy(text);
    return true;
  });
  if (running) return <Running startedAt={startedAt} progress={progress} width={width} />;
  const isFlat = parts.every((part) => "line" in part && !("link" in part));
  return isFlat ? <Flat parts={parts} width={width} height={height} /> : <ResultTree parts={parts} width={width} height={height} follow={follow} />;
}

function Flat({ parts, width, height }: Pick<ResultViewProps, "parts" | "width" | "height">): ReactElement {
  const rows = useMemo(() => parts.flatMap((part) => ("line" in part ? wrapLine(part.line, width) : [])), [parts, width]);
  return <ScrollLines layer={layers.field} lines={rows} width={width} height={height} />;
}
