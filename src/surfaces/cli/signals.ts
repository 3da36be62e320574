/** Ctrl-C, SIGTERM and the end of the terminal as one AbortSignal; another Ctrl-C or SIGTERM after it ends the process at once. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** 130 after SIGINT, 143 after SIGTERM, 129 after SIGHUP, undefined when there was none of them. */
  exitCode(): number | undefined;
  /** The first of them was SIGHUP. */
  hungUp(): boolean;
  stop(): void;
}

const hangUpCode = 129;

export function watchSignals(): Interruption {
  const controller = new AbortController();
  let exitCode: number | undefined;
  const begin = (code: number): void => {
    exitCode ??= code;
    controller.abort();
  };
  const interrupt = (code: number): void => {
    if (exitCode !== undefined) process.exit(exitCode);
    begin(code);
  };
  const onInterrupt = (): void => interrupt(130);
  const onTerminate = (): void => interrupt(143);
  // A window that is closed says so more than once, by its shell and by the system: nobody insists. What is being stored is stored. F05
  const onHangUp = (): void => begin(hangUpCode);
  process.on("SIGINT", onInterrupt).on("SIGTERM", onTerminate).on("SIGHUP", onHangUp);
  return {
    signal: controller.signal,
    exitCode: () => exitCode,
    hungUp: () => exitCode === hangUpCode,
    stop: () => void process.off("SIGINT", onInterrupt).off("SIGTERM", onTerminate).off("SIGHUP", onHangUp),
  };
}
