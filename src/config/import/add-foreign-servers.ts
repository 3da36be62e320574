import { findMcpassError, type McpassError } from "../../base/errors.ts";
import type { Runtime } from "../../base/runtime.ts";
import { sameAddress } from "../application/bridge-entry.ts";
import { addServer, checkServer, readExisting } from "../edit-config.ts";
import { findReferences } from "../expand.ts";
import { canonicalJson } from "../fingerprint.ts";
import { isShared } from "../is-shared.ts";
import { parseJsonc } from "../jsonc-text.ts";
import { isRawObject, lowerEntry, type RawObject } from "../lower-entry.ts";
import { rawEntries } from "../raw-entries.ts";
import type { ForeignServer } from "./foreign-server.ts";
import { literalSecrets } from "./literal-secrets.ts";

/**
 * What became of one server. `there-already`: `as` is the same server here. `taken`: another one has its name here, and stays. `secret`: it holds one in
 * plain text, and others can read or write the file it would go into.
 */
export interface ImportedServer {
  readonly server: ForeignServer;
  readonly kind: "added" | "there-already" | "taken" | "left-out" | "through-us" | "secret" | "failed";
  readonly as: string | undefined;
  /** Fields with secrets in plain text. */
  readonly secrets: readonly string[];
  /** Variables that it needs. */
  readonly variables: readonly string[];
  readonly error: McpassError | undefined;
}

export interface ImportOptions {
  readonly servers: readonly ForeignServer[];
  /** Of ours. */
  readonly file: string;
  /** Change nothing; tell what would be. */
  readonly print: boolean;
}

/** Adds them to a file of ours, each or not; an entry that is there is never changed. @throws McpassError `config_unreadable`, `config_invalid` */
export async function addForeignServers(runtime: Runtime, { servers, file, print }: ImportOptions): Promise<readonly ImportedServer[]> {
  const { text } = await readExisting(file);
  const here = new Map(rawEntries(parseJsonc({ path: file, layer: "file", text })).entries.map(({ name, value }) => [name, isRawObject(value) ? lowerEntry(value).value : {}]));
  const shared = await isShared(file);
  const imported: ImportedServer[] = [];
  for (const server of servers) {
    const judged = judge(here, shared, server);
    const added = judged.kind === "added" && server.value !== undefined ? await add(runtime, judged, server.value, file, print) : judged;
    if (added.kind === "added" && server.value !== undefined) here.set(server.label, server.value);
    imported.push(added);
  }
  return imported;
}

function judge(here: ReadonlyMap<string, RawObject>, shared: boolean, server: ForeignServer): ImportedServer {
  const { value, label } = server;
  const base = { server, as: undefined, secrets: [], variables: [], error: undefined };
  if (server.isOurs) return { ...base, kind: "through-us" };
  if (value === undefined) return { ...base, kind: "left-out" };
  const secrets = literalSecrets(value);
  const facts = { ...base, secrets, variables: findReferences(value).variables };
  const own = here.get(label);
  if (own !== undefined) return isSame(own, value) ? { ...facts, kind: "there-already", as: label } : { ...facts, kind: "taken" };
  const other = [...here].find(([, entry]) => isSame(entry, value))?.[0];
  if (other !== undefined) return { ...facts, kind: "there-already", as: other };
  return { ...facts, kind: secrets.length > 0 && shared ? "secret" : "added" };
}

async function add(runtime: Runtime, judged: ImportedServer, value: RawObject, file: string, print: boolean): Promise<ImportedServer> {
  try {
    if (print) checkServer(judged.server.label, value);
    else await addServer(runtime, { name: judged.server.label, value, file });
    return judged;
  } catch (thrown) {
    const error = findMcpassError(thrown);
    if (error?.code !== "usage") throw thrown;
    return { ...judged, kind: "failed", error };
  }
}

/** The same address, or the same command. */
function isSame(left: RawObject, right: RawObject): boolean {
  const [url, other] = [left["url"], right["url"]];
  if (typeof url === "string" && typeof other === "string") return url === other || sameAddress(url, other);
  return Array.isArray(left["command"]) && canonicalJson(left["command"]) === canonicalJson(right["command"]) && canonicalJson(left["environment"] ?? {}) === canonicalJson(right["environment"] ?? {});
}
