import { shellWord } from "../../base/shell-word.ts";
import { plain } from "./plain.ts";
import type { Snapshot } from "./screen-types.ts";
import type { Tone } from "./store.ts";

export interface StatusLook {
  /** Of the bullet. */
  readonly tone: Tone;
  /** In the sidebar; OpenCode's word wherever it has one. */
  readonly word: string;
  /** In the status dialog. */
  readonly long: string;
  /** The word is an error's own. */
  readonly isError: boolean;
}

/** A status in words and colour. X06 */
export function lookOf({ name, status, error }: Pick<Snapshot, "name" | "status" | "error">): StatusLook {
  const said = plain(error?.message.split("\n")[0] ?? "", 300);
  switch (status) {
    case "connected":
      // Something is wrong that does not stop it yet.
      return error === undefined ? { tone: "good", word: "Connected", long: "Connected", isError: false } : { tone: "warn", word: "Connected", long: `Connected, but: ${said}`, isError: false };
    case "needs_auth":
      return { tone: "warn", word: "Needs auth", long: `Needs authentication (run: mcpass auth ${shellWord(plain(name))})`, isError: false };
    case "needs_client_registration":
      return { tone: "bad", word: "Needs client ID", long: said === "" ? "Needs client ID" : said, isError: false };
    case "failed":
      return { tone: "bad", word: said === "" ? "Failed" : said, long: said === "" ? "Failed" : said, isError: true };
    case "disabled":
      return { tone: "quiet", word: "Disabled", long: "Disabled in configuration", isError: false };
    case "connecting":
      return { tone: "quiet", word: "Connecting…", long: "Connecting…", isError: false };
    case "idle":
      return { tone: "quiet", word: "Not connected", long: "Not connected", isError: false };
  }
}

/** ` (N active, M errors)`, as OpenCode counts them. */
export function countWords(servers: readonly Pick<Snapshot, "status">[]): string {
  const active = servers.filter(({ status }) => status === "connected").length;
  const errors = servers.filter(({ status }) => status === "failed" || status === "needs_auth" || status === "needs_client_registration").length;
  return `(${String(active)} active${errors === 0 ? "" : errors === 1 ? ", 1 error" : `, ${String(errors)} errors`})`;
}

/** Of the sign at the bottom: red when any failed, green when any is connected. */
export function plugTone(servers: readonly Pick<Snapshot, "status">[]): Tone {
  if (servers.some(({ status }) => status === "failed")) return "bad";
  return servers.some(({ status }) => status === "connected") ? "good" : "quiet";
}
