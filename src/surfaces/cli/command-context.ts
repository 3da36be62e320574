import type { McpassError } from "../../base/errors.ts";
import type { Runtime } from "../../base/runtime.ts";
import type { Terminal } from "./terminal.ts";

/** The flags that every command has. */
export interface GlobalFlags {
  readonly config?: string | undefined;
  readonly home?: string | undefined;
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  /** false: --no-color. */
  readonly color?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** What a command is given besides its own words and flags. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** Aborts on the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  readonly flags: GlobalFlags;
  /** The whole command line after the program's name, as it was typed. */
  readonly words: readonly string[];
  /** Made at the first call; `browser` is the text of --browser. */
  runtime(browser?: string): Runtime;
  /** `work` is done, and waited for, before the process ends. */
  atEnd(work: () => Promise<void>): void;
  /** Shows an error on standard error, for commands that go on after one. */
  report(error: McpassError): void;
}

/** The exit code; undefined is 0. */
export type CommandResult = Promise<number | void>;
