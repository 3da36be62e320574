import type { McpassError } from "../../base/errors.ts";
import { plainText, showUrl } from "../../base/redact.ts";
import { shellWord } from "../../base/shell-word.ts";
import type { ImportedServer } from "../../config/import/add-foreign-servers.ts";
import type { ForeignServer } from "../../config/import/foreign-server.ts";
import { showWords } from "../../config/import/literal-secrets.ts";
import { type MarkedRow, markedText } from "./marked-rows.ts";
import type { Colors } from "./terminal.ts";

export interface ImportedServers {
  /** As it was typed. */
  readonly client: string;
  readonly title: string;
  readonly places: readonly string[];
  /** Of ours. */
  readonly file: string;
  readonly print: boolean;
  readonly project: boolean;
  readonly servers: readonly ImportedServer[];
  readonly errors: readonly McpassError[];
}

export function importServersText(imported: ImportedServers, colors: Colors): string {
  const { title, places, servers, file } = imported;
  if (servers.length === 0) return `${title} has no servers in ${places.map((place) => plainText(place, 1000)).join(" or ")}.`;
  const isAdded = servers.some(({ kind }) => kind === "added");
  return markedText(
    {
      rows: servers.map((server) => ({ ...rowOf(imported, server), name: colors.bold(plainText(server.server.label)), details: detailLines(imported, server, colors), hint: server.kind === "secret" ? `chmod 600 ${shellWord(file)}` : undefined })),
      closing: isAdded ? [`${imported.print ? "They would go into" : "They are in"} ${plainText(file, 1000)}. ${title}'s own files are read and never changed.`] : [],
      hint: isAdded && !imported.print ? nextCommand(imported) : undefined,
    },
    colors,
  );
}

function nextCommand({ client, project, servers }: ImportedServers): string {
  const first = servers.find(({ kind, server }) => kind === "added" && typeof server.value?.["url"] === "string");
  const signIn = first === undefined ? "mcpass list" : `mcpass auth ${shellWord(first.server.label)}`;
  const through = first === undefined ? "" : `; then mcpass install ${client}${project ? " --project" : ""} lets it use the same sign-in`;
  return `${project ? "mcpass trust, then " : ""}${signIn}${through}`;
}

function rowOf({ print, file }: ImportedServers, { server, kind, as, error }: ImportedServer): Pick<MarkedRow, "mark" | "words"> {
  switch (kind) {
    case "added":
      return { mark: "done", words: print ? "  would be added" : "  added" };
    case "there-already":
      return { mark: "quiet", words: `  is here already${as === undefined || as === server.label ? "" : `, as ${plainText(as)}`}` };
    case "taken":
      return { mark: "warning", words: "  not added: another server has this name here, and stays" };
    case "left-out":
      return { mark: "warning", words: `  not added: ${plainText(server.leftOut ?? "")}` };
    case "through-us":
      return { mark: "quiet", words: "  goes through mcpass already" };
    case "secret":
      return { mark: "failed", words: `  not added: it holds a secret in plain text, and others on this machine can read or write ${plainText(file, 1000)}` };
    case "failed":
      return { mark: "failed", words: `  not added: ${plainText(error?.message ?? "", 1000)}` };
  }
}

function detailLines({ print }: ImportedServers, { server, kind, secrets, variables }: ImportedServer, colors: Colors): readonly string[] {
  const target = targetOf(server);
  const isAdded = kind === "added";
  const stands = print ? "would stand" : "stands";
  return [
    ...(target === undefined ? [] : [colors.dim(target)]),
    ...(isAdded ? server.notes.map((note) => plainText(note, 500)) : []),
    ...(isAdded && variables.length > 0 ? [`needs ${variables.map((variable) => plainText(variable)).join(", ")} in the environment`] : []),
    ...(isAdded && secrets.length > 0 ? [`${colors.yellow("warning:")} a secret ${stands} here in plain text too: ${secrets.map((field) => plainText(field)).join(", ")}; {env:NAME} in its place keeps it out of the file`] : []),
  ];
}

/** Where it leads, without secrets. */
function targetOf({ value }: ForeignServer): string | undefined {
  const { url, command } = value ?? {};
  if (typeof url === "string") return showUrl(url);
  return Array.isArray(command) ? plainText(showWords(command.map(String)).map(shellWord).join(" "), 500) : undefined;
}

/** Every field is there; what is not known is null. Never a secret. */
export function importServersJson({ client, places, file, print, servers, errors }: ImportedServers): object {
  return {
    client,
    print,
    places,
    file,
    servers: servers.map(({ server, kind, as, secrets, variables, error }) => ({
      name: server.label,
      from: server.file,
      type: server.value?.["type"] ?? null,
      target: targetOf(server) ?? null,
      result: kind,
      as: as ?? null,
      reason: server.leftOut ?? null,
      notes: server.notes,
      secrets,
      variables,
      error: error?.toJSON() ?? null,
    })),
    errors: errors.map((error) => error.toJSON()),
  };
}
