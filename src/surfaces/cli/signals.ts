/** Ctrl-C and SIGTERM as one AbortSignal; the second of either ends the process at once. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** 130 after SIGINT, 143 after SIGTERM, undefined when there was neither. */
  exitCode(): number | undefined;
  stop(): void;
}

export function watchSignals(): Interruption {
  const controller = new AbortController();
  let exitCode: number | undefined;
  const interrupt = (code: number): void => {
    if (exitCode !== undefined) process.exit(exitCode);
    exitCode = code;
    controller.abort();
  };
  const onInterrupt = (): void => interrupt(130);
  const onTerminate = (): void => interrupt(143);
  process.on("SIGINT", onInterrupt).on("SIGTERM", onTerminate);
  return {
    signal: controller.signal,
    exitCode: () => exitCode,
    stop: () => void process.off("SIGINT", onInterrupt).off("SIGTERM", onTerminate),
  };
}
