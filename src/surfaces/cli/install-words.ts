import type { McpassError } from "../../base/errors.ts";
import { plainText } from "../../base/redact.ts";
import { noToken } from "../../config/application/gateway-entry.ts";
import type { Installation, PlannedEntry } from "../../config/application/install.ts";
import { openServers, type ServersText } from "../../config/application/servers-text.ts";
import type { Removal, RemovedEntry } from "../../config/application/uninstall.ts";
import { markOf } from "./marked-rows.ts";
import type { Colors } from "./terminal.ts";

interface InstallWords {
  readonly colors: Colors;
  readonly print: boolean;
  /** The command that replaces what is taken. */
  readonly again: string;
  /** undefined: bridges. */
  readonly gatewayPort: number | undefined;
}

/** With whether its token for the gateway was revoked. */
export interface RevokedRemoval extends Removal {
  readonly revoked: boolean;
}

/** What was, or with `print` would be, written. */
export function installText({ application, path, made, backup, entries, problem }: Installation, { colors, print, again, gatewayPort }: InstallWords): string {
  const isChanged = entries.some(({ kind }) => kind === "added" || kind === "replaced");
  const taken = entries.some(({ kind }) => kind === "taken");
  return [
    `${colors.bold(application.title)}  ${plainText(path, 1000)}${made && isChanged ? (print ? " (would be made)" : " (made)") : ""}`,
    ...(problem === undefined ? [] : [`  ${markOf("warning", colors)} ${plainText(problem.message, 1000)}`, "  without --print nothing is written there as it is; to be written by hand:"]),
    ...entries.map((entry) => `  ${entryWords(entry, colors, print)}`),
    ...(backup === undefined ? [] : [`  as it was before: ${plainText(backup, 1000)}`]),
    ...(isChanged && gatewayPort !== undefined ? [`  ${tokenWords(application, print)}`] : []),
    ...(taken ? [`${colors.cyan("hint:")} ${again}`] : []),
    ...(isChanged && !print ? [`${colors.cyan("hint:")} ${gatewayPort === undefined ? "" : `${gatewayPort === 4190 ? "mcpass serve" : `mcpass serve --port ${String(gatewayPort)}`} has to run; `}${application.restart}; mcpass uninstall ${application.name} takes it back`] : []),
  ].join("\n");
}

function tokenWords({ name }: Installation["application"], print: boolean): string {
  if (print) return `no token was made: without --print one is, in place of ${noToken}`;
  return `its own token for the gateway stands in that file alone; one it had before is revoked; mcpass serve --revoke ${name} revokes this one`;
}

function entryWords({ server, name, kind }: PlannedEntry, colors: Colors, print: boolean): string {
  const shown = plainText(server) + (name === server ? "" : ` as ${plainText(name)}`);
  switch (kind) {
    case "added":
      return `${markOf("done", colors)} ${shown}  ${print ? "would be added" : "added"}`;
    case "replaced":
      return `${markOf("done", colors)} ${shown}  ${print ? "would be put" : "put"} in place of the entry that was there`;
    case "there-already":
      return `${markOf("quiet", colors)} ${shown}  is there already`;
    case "taken":
      return `${markOf("warning", colors)} ${shown}  another server has this name there, and stays`;
  }
}

/** The entries as they stand in an otherwise empty file. */
export async function entriesText({ application, path, entries }: Installation): Promise<string> {
  const empty = await openServers(application, { path, text: "" });
  const filled = entries.filter(({ kind }) => kind !== "taken").reduce<ServersText>((servers, { name, value }) => servers.with(name, value), empty);
  return filled.text.trimEnd();
}

export function installJson(client: string, print: boolean, done: readonly Installation[], errors: readonly McpassError[]): object {
  const files = done.map(({ application, path, made, backup, entries, problem }) => ({
    client: application.name,
    file: path,
    made,
    backup: backup ?? null,
    ...(problem === undefined ? {} : { problem: problem.toJSON() }),
    servers: entries.map(({ server, name, kind, value }) => ({ name: server, as: name, result: kind, entry: value })),
  }));
  return { client, print, files, errors: errors.map((error) => error.toJSON()) };
}

export function uninstallText({ application, path, entries, restored, backup, revoked }: RevokedRemoval, { colors, print }: Pick<InstallWords, "colors" | "print">): string {
  const left = entries.filter(({ kind }) => kind === "changed" || kind === "lost");
  return [
    `${colors.bold(application.title)}  ${plainText(path, 1000)}${restored === "made" ? " (removed: it was made by install)" : restored === "file" ? " (to the byte what it was)" : ""}`,
    ...entries.map((entry) => `  ${removedWords(entry, colors, print)}`),
    ...(backup === undefined || print ? [] : [`  as it was before install: ${plainText(backup, 1000)}`]),
    ...(revoked ? ["  its token for the gateway is revoked: it opens nothing any more"] : []),
    ...(left.length === 0 ? [] : [`${colors.cyan("hint:")} edit ${plainText(path, 1000)}`]),
  ].join("\n");
}

function removedWords({ server, name, kind }: RemovedEntry, colors: Colors, print: boolean): string {
  const shown = plainText(server) + (name === server ? "" : ` as ${plainText(name)}`);
  switch (kind) {
    case "removed":
      return `${markOf("done", colors)} ${shown}  ${print ? "would be removed" : "removed"}`;
    case "put-back":
      return `${markOf("done", colors)} ${shown}  what stood there before ${print ? "would be" : "was"} put back`;
    case "gone":
      return `${markOf("quiet", colors)} ${shown}  was not there any more`;
    case "changed":
      return `${markOf("warning", colors)} ${shown}  has been changed since, and stays`;
    case "lost":
      return `${markOf("warning", colors)} ${shown}  what stood there before is not to be had any more, so it stays`;
  }
}

export function uninstallJson(client: string, print: boolean, done: readonly RevokedRemoval[], errors: readonly McpassError[]): object {
  const files = done.map(({ application, path, entries, restored, backup, revoked }) => ({
    client: application.name,
    file: path,
    restored: restored ?? null,
    backup: backup ?? null,
    tokenRevoked: revoked,
    servers: entries.map(({ server, name, kind }) => ({ name: server, as: name, result: kind })),
  }));
  return { client, print, files, errors: errors.map((error) => error.toJSON()) };
}
