import type { McpassError } from "../base/errors.ts";
import type { ServerEntry } from "./server-entry.ts";

/** Where an entry comes from. `file` is what `--config` or MCPASS_CONFIG named, `program` a program that uses the library or the HTTP API. */
export type Layer = "user" | "project" | "file" | "flags" | "address" | "program";

/** Line and column count from 1; both are 0 for an address and for what a program gave, which stand in no file. */
export interface Source {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly layer: Layer;
}

/** One configured server, usable or not. Exactly one of `entry` and `error` is there. */
export interface ConfiguredServer {
  readonly name: string;
  readonly source: Source;
  readonly entry: ServerEntry | undefined;
  readonly error: McpassError | undefined;
  readonly enabled: boolean;
  /** As written, unexpanded: safe to show when there is an error. */
  readonly shown: Shown;
}

export interface Shown {
  readonly type: "remote" | "local" | undefined;
  readonly url: string | undefined;
  readonly command: readonly string[] | undefined;
}

export interface Configuration {
  /** In the order of the files; the user's before the project's. */
  readonly servers: ReadonlyMap<string, ConfiguredServer>;
  /** The files that were read. */
  readonly files: readonly { readonly path: string; readonly layer: Layer }[];
  /** What was ignored and where: one sentence each, never a secret. */
  readonly warnings: readonly string[];
  /** The account that the files choose for every server; the project's choice wins. */
  readonly account: string | undefined;
  /** Bridges may open the browser unasked. The user's own file says so, never a project's. */
  readonly bridgeOpens?: boolean | undefined;
  /** The user's own file says so, never a project's. */
  readonly gateway?: GatewayRules | undefined;
}

/** What the gateway of `mcpass serve` leaves out; in every list `*` stands for any text. */
export interface GatewayRules {
  /** Servers' names: only these; undefined: all. */
  readonly allow: readonly string[] | undefined;
  readonly deny: readonly string[];
  /** By a server's name, its tools' names. */
  readonly tools: Readonly<Record<string, { readonly allow?: readonly string[] | undefined; readonly deny?: readonly string[] | undefined }>>;
  /** All servers as one list two tools instead of all: one that finds tools and one that calls them. */
  readonly search: boolean;
}
