import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";

import { describeCause, findMcpassError } from "../../base/errors.ts";
import type { Runtime } from "../../base/runtime.ts";
import { homeDirectory, referencedPath } from "../expand.ts";
import { parseJsonc } from "../jsonc-text.ts";
import { isRawObject, lowerEntry } from "../lower-entry.ts";
import { rawEntries } from "../raw-entries.ts";
import type { ForeignRegistration } from "./foreign-login.ts";

const largest = 5 * 1024 * 1024;

/** Clients that a person wrote into OpenCode's own configuration: the user's files, then the one that OPENCODE_CONFIG names. A project's files are others' words. Never throws. */
export async function readOpencodeClients(runtime: Runtime): Promise<{ readonly places: readonly string[]; readonly registrations: readonly ForeignRegistration[]; readonly problems: readonly string[] }> {
  const { environment } = runtime;
  const directory = join(environment["XDG_CONFIG_HOME"] || join(homeDirectory(runtime), ".config"), "opencode");
  const named = environment["OPENCODE_CONFIG"];
  const places = [...["config.json", "opencode.json", "opencode.jsonc"].map((name) => join(directory, name)), ...(named === undefined || named === "" ? [] : [resolve(runtime.workingDirectory, named)])];
  const found = new Map<string, ForeignRegistration>();
  const problems: string[] = [];
  for (const place of places) {
    try {
      for (const registration of await readClients(runtime, place)) found.set(registration.label, registration);
    } catch (thrown) {
      problems.push(`${place} cannot be used: ${(findMcpassError(thrown)?.message ?? describeCause(thrown)).split("\n")[0] ?? ""}`);
    }
  }
  return { places, registrations: [...found.values()], problems };
}

async function readClients(runtime: Runtime, path: string): Promise<readonly ForeignRegistration[]> {
  const facts = await stat(path).catch((thrown: unknown) => {
    if ((thrown as { readonly code?: unknown }).code === "ENOENT") return undefined;
    throw thrown;
  });
  if (facts === undefined) return [];
  if (!facts.isFile() || facts.size > largest) throw new Error("it is not a file of a usual size");
  const file = parseJsonc({ path, layer: "file", text: (await readFile(path, "utf8")).replace(/^\uFEFF/, "") });
  return rawEntries(file).entries.flatMap(({ name, value }) => {
    const entry = isRawObject(value) ? lowerEntry(value).value : {};
    const { url, oauth } = entry;
    if (typeof url !== "string" || !URL.canParse(url) || !isRawObject(oauth) || typeof oauth["clientId"] !== "string" || oauth["clientId"] === "") return [];
    return [{ label: name, url, file: path, keys: keysOf(runtime, path, oauth) }];
  });
}

/** What a client is registered with. References stay references, with absolute paths. */
function keysOf(runtime: Runtime, file: string, oauth: Readonly<Record<string, unknown>>): Readonly<Record<string, string | number>> {
  const wanted = ["clientId", "clientSecret", "callbackPort", "redirectUri"].flatMap((key): (readonly [string, string | number])[] => {
    const value = oauth[key];
    if (typeof value === "number") return [[key, value]];
    return typeof value === "string" && value !== "" ? [[key, value.replaceAll(/\{file:([^{}]*)\}/g, (_, path: string) => `{file:${referencedPath(runtime, file, path.trim())}}`)]] : [];
  });
  return Object.fromEntries(wanted);
}
