import type { RawObject } from "../lower-entry.ts";
import type { ApplicationName } from "./application-names.ts";

/** What decides where a program keeps its files. */
export interface Machine {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly home: string;
  /** A project's files are looked for here. */
  readonly workingDirectory: string;
}

/** A program that uses MCP servers, and how its configuration is written. */
export interface Application {
  readonly name: Exclude<ApplicationName, "claude">;
  readonly title: string;
  /** The page that says where and how, which the fixtures were made after. */
  readonly source: string;
  /** Absolute paths of the user's files. Never empty; the first counts most. */
  readonly userFiles: (machine: Machine) => readonly string[];
  /** What is there where the program is used; for those that share a word. */
  readonly usedAt?: (machine: Machine) => string;
  /** Below a project's folder; the first counts most. Empty: it has none. */
  readonly projectFiles: readonly string[];
  readonly language: "json" | "toml";
  /** The keys down to the object of servers by name. */
  readonly serversAt: readonly string[];
  /** Reads OpenCode's second shape, `mcp.servers`, too. */
  readonly hasSecondShape?: boolean;
  /** A desktop's programs do not have a terminal's PATH. */
  readonly startedFrom: "terminal" | "desktop";
  /** The entry that starts these words. */
  readonly entryFor: (words: readonly string[]) => RawObject;
  /** The entry that speaks to an address with an Authorization header. Absent: its configuration cannot say that. */
  readonly remoteEntry?: (url: string, authorization: string) => RawObject;
  /** What makes it read its file again. */
  readonly restart: string;
}
