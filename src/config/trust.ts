import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { McpassError } from "../base/errors.ts";
import type { Runtime } from "../base/runtime.ts";
import { fingerprint, realPath } from "./fingerprint.ts";
import { isRawObject } from "./lower-entry.ts";
import { quoted } from "./quoted.ts";
import type { RawEntry } from "./raw-entries.ts";
import { writeWhole } from "./write-whole.ts";

/** Per project file (real path) and server name, the fingerprint of the entry as it was when it was trusted. */
export type Trust = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** What `describeProject` showed; only this is trusted, even when the file has changed in between. */
export interface PinnedProject {
  readonly file: string;
  readonly entries: readonly { readonly name: string; readonly fingerprint: string }[];
}

export function trustFile(runtime: Runtime): string {
  return join(runtime.directories.state, "trust.json");
}

/** What has been trusted. A trust file that is absent or cannot be read trusts nothing. */
export async function readTrust(runtime: Runtime): Promise<Trust> {
  try {
    const stored: unknown = JSON.parse(await readFile(trustFile(runtime), "utf8"));
    const projects = isRawObject(stored) && stored["schema"] === 1 ? stored["projects"] : undefined;
    return new Map(members(projects).map(([file, names]) => [file, new Map(members(names).filter((member): member is [string, string] => typeof member[1] === "string"))]));
  } catch {
    return new Map();
  }
}

/** Trusts the entries exactly as described; what was trusted of this project before is forgotten. @throws McpassError `config_unreadable` when the trust file cannot be written */
export async function trustProject(runtime: Runtime, project: PinnedProject): Promise<void> {
  const entries = project.entries.map(({ name, fingerprint: hash }) => [name, hash] as const);
  const trust = new Map(await readTrust(runtime)).set(await realPath(project.file), new Map(entries));
  const projects = Object.fromEntries([...trust].map(([file, names]) => [file, Object.fromEntries(names)]));
  await writeWhole(trustFile(runtime), `${JSON.stringify({ schema: 1, projects }, undefined, 2)}\n`);
}

/** Whether an entry is trusted as it stands now; `changed`: it was, in another form. */
export async function trustOf(runtime: Runtime, trust: Trust, entry: RawEntry): Promise<"trusted" | "changed" | "unknown"> {
  const stored = trust.get(await realPath(entry.file.path))?.get(entry.name);
  if (stored === undefined) return "unknown";
  return stored === (await fingerprint(runtime, entry)) ? "trusted" : "changed";
}

export function untrusted(entry: RawEntry, state: "changed" | "unknown"): McpassError {
  const { file, line, column } = entry.source;
  const why = state === "changed" ? "has changed since you trusted it" : "stands only in a project file that you have not trusted";
  return new McpassError("untrusted", `server ${quoted(entry.name)} ${why} (${file}:${line}:${column}); nothing in it is used`, {
    hint: "mcpass trust",
    details: { server: entry.name, file, line, column },
  });
}

function members(value: unknown): [string, unknown][] {
  return isRawObject(value) ? Object.entries(value) : [];
}
