import { Box, Text } from "ink";
import { type ReactElement, useEffect, useMemo, useState } from "react";
import type { Progress } from "../../connection/manager.ts";
import { layers } from "./key-hub.ts";
import { type Line, wrapLine } from "./lines.tsx";
import { plain } from "./plain.ts";
import { useKeys, useParts, useTone } from "./screen-context.ts";
import { ScrollLines } from "./scroll-lines.tsx";

export interface ResultViewProps {
  readonly running: boolean;
  readonly startedAt: number;
  readonly progress?: Progress | undefined;
  readonly lines: readonly Line[];
  readonly text: string;
  readonly width: number;
  readonly height: number;
}

/** What came of a call, or how far it is. */
export function ResultView({ running, startedAt, progress, lines, text, width, height }: ResultViewProps): ReactElement {
  const { actions } = useParts();
  const rows = useMemo(() => lines.flatMap((line) => wrapLine(line, width)), [lines, width]);
  useKeys(layers.field, ({ name }) => {
    if (name !== "y" || running) return false;
    actions.copy(text);
    return true;
  });
  return running ? <Running startedAt={startedAt} progress={progress} width={width} /> : <ScrollLines layer={layers.field} lines={rows} width={width} height={height} />;
}

function Running({ startedAt, progress, width }: Pick<ResultViewProps, "startedAt" | "progress" | "width">): ReactElement {
  const { now } = useParts();
  const tone = useTone();
  const [at, setAt] = useState(now);
  useEffect(() => {
    const timer = setInterval(() => setAt(now()), 1000);
    return () => clearInterval(timer);
  }, [now]);
  const { progress: done = 0, total, message } = progress ?? {};
  const part = total === undefined || total <= 0 ? undefined : Math.max(0, Math.min(1, done / total));
  const columns = Math.min(40, width - 12);
  return (
    <Box flexDirection="column">
      <Text>Calling… {Math.max(0, Math.round((at - startedAt) / 1000))} s</Text>
      {part === undefined ? (progress === undefined ? null : <Text>{`${String(done)} so far`}</Text>) : <Text>[{"#".repeat(Math.round(part * columns))}{"-".repeat(columns - Math.round(part * columns))}] {Math.round(part * 100)} %</Text>}
      {message === undefined ? null : <Text wrap="truncate-end" {...tone("quiet")}>{plain(message, 200)}</Text>}
    </Box>
  );
}
