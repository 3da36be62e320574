import type { RawObject } from "../lower-entry.ts";

/** A server as another program's configuration has it, and what it is in ours. */
export interface ForeignServer {
  /** What that program calls it. */
  readonly label: string;
  readonly file: string;
  /** As an entry of ours, unexpanded and unchecked; it may hold secrets as they stand there. undefined: it cannot be one. */
  readonly value: RawObject | undefined;
  /** Why it cannot be taken over. */
  readonly leftOut: string | undefined;
  /** It leads through us already. */
  readonly isOurs: boolean;
  /** What is different here, one sentence each; never a secret. */
  readonly notes: readonly string[];
}

export interface ForeignServers {
  readonly title: string;
  /** The files that were looked for. */
  readonly places: readonly string[];
  readonly servers: readonly ForeignServer[];
}
