import type { ApiEvent } from "./api-types.ts";

export type LiveState = "opening" | "live" | "lost";

export interface Live {
  /** No stream until `goOn`. */
  rest(): void;
  /** Opens the stream again, if it rests. What was missed is not told. */
  goOn(): void;
}

/** Waits between tries where the browser has given up, in ms. */
const pauses = [1000, 2000, 5000, 10_000];

/**
 * `GET /event`, for as long as the page is open. A stream that breaks is opened again by the browser, which sends Last-Event-ID; after an answer that is
 * no stream (the program ends, the session is over) the browser gives up, and this goes on trying.
 */
export function followEvents(onEvent: (event: ApiEvent) => void, onState: (state: LiveState) => void): Live {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  const open = (): void => {
    const opened = new EventSource("/event");
    source = opened;
    opened.addEventListener("open", () => {
      failures = 0;
      onState("live");
    });
    opened.addEventListener("message", ({ data }: MessageEvent<string>) => {
      const event = readEvent(data);
      if (event !== undefined) onEvent(event);
    });
    opened.addEventListener("error", () => {
      onState("lost");
      if (opened.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(open, pauses[Math.min(failures, pauses.length - 1)]);
      failures += 1;
    });
  };
  open();
  return {
    rest: () => {
      clearTimeout(timer);
      source?.close();
      source = undefined;
      onState("opening");
    },
    goOn: () => {
      if (source === undefined) open();
    },
  };
}

function readEvent(data: string): ApiEvent | undefined {
  try {
    const { type, properties, ...rest } = JSON.parse(data) as Partial<ApiEvent>;
    return typeof type === "string" ? { ...rest, type, properties: properties ?? {} } : undefined;
  } catch {
    return undefined;
  }
}
