import { Box, Text } from "ink";
import { type ReactElement, useEffect, useState } from "react";
import type { Progress } from "../../connection/manager.ts";
import { plain } from "./plain.ts";
import { useParts, useTone } from "./screen-context.ts";

export interface RunningProps {
  readonly startedAt: number;
  readonly progress?: Progress | undefined;
  readonly width: number;
}

/** How long a call takes, and how far its server says it is. */
export function Running({ startedAt, progress, width }: RunningProps): ReactElement {
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
