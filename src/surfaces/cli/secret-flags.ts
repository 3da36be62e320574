import { resolve } from "node:path";
import { McpassError } from "../../base/errors.ts";
import type { Runtime } from "../../base/runtime.ts";
import { splitWords } from "../../base/split-words.ts";
import { type SecretName, secretForms, secretNames } from "../../config/grant-keys.ts";
import { readReferencedFile } from "../../config/referenced-file.ts";

type Place = "Env" | "File" | "Command";

/** For every secret where it is: `--private-key-env`, `--private-key-file`, `--private-key-command` and so on. */
export type SecretFlags = { readonly [flag in `${SecretName}${Place}`]?: string | undefined } & {
  /** As typed, for compatibility with other programs. */
  readonly clientSecret?: string | undefined;
};

/** Where one secret is: at most one of these is there. */
export interface SecretPlace {
  readonly name: SecretName;
  readonly typed: string | undefined;
  readonly env: string | undefined;
  readonly file: string | undefined;
  readonly command: readonly string[] | undefined;
}

/** The secrets that the flags point to. Throws `usage` when they name two places for one. */
export function secretPlaces(flags: SecretFlags): readonly SecretPlace[] {
  return secretNames.flatMap((name) => {
    const [typed, env, file, command] = [name === "clientSecret" ? flags.clientSecret : undefined, flags[`${name}Env`], flags[`${name}File`], flags[`${name}Command`]];
    const named = Object.entries({ "": typed, Env: env, File: file, Command: command }).flatMap(([place, value]) => (value === undefined ? [] : [flagName(name + place)]));
    if (named.length > 1) throw new McpassError("usage", `${named.join(" and ")} cannot be used together`);
    return named.length === 0 ? [] : [{ name, typed, env, file, command: command === undefined ? undefined : splitWords(command) }];
  });
}

/** As keys of an entry's `oauth`, for this run. Throws `variable_unset`, `file_reference_unreadable`. */
export async function readSecretFlags(flags: SecretFlags, runtime: Runtime): Promise<Readonly<Record<string, string | readonly string[]>>> {
  const read = secretPlaces(flags).map(async ({ name, typed, env, file, command }) => {
    if (command !== undefined) return [`${name}Command`, command] as const;
    if (file === undefined) return [name, typed ?? variable(name, env ?? "", runtime)] as const;
    const path = resolve(runtime.workingDirectory, file);
    return hasFileKey(name) ? ([`${name}File`, path] as const) : ([name, await fileText(name, path)] as const);
  });
  return Object.fromEntries(await Promise.all(read));
}

/** As keys of an entry's `oauth` that say where the secrets are, and not what they are. */
export function secretReferences(flags: SecretFlags): Readonly<Record<string, string | readonly string[] | undefined>> {
  const keys = secretPlaces(flags).map(({ name, typed, env, file, command }) => {
    if (command !== undefined) return [`${name}Command`, command] as const;
    if (file !== undefined) return hasFileKey(name) ? ([`${name}File`, file] as const) : ([name, `{file:${file}}`] as const);
    return [name, env === undefined ? typed : `{env:${env}}`] as const;
  });
  return Object.fromEntries(keys);
}

/** Read by whoever needs it, each time anew. */
function hasFileKey(name: SecretName): boolean {
  return (secretForms[name] as readonly string[]).includes(`${name}File`);
}

function variable(name: SecretName, env: string, { environment }: Runtime): string {
  const value = environment[env];
  if (value === undefined || value === "") throw new McpassError("variable_unset", `The variable ${env} that ${flagName(`${name}Env`)} names is not set.`);
  return value;
}

async function fileText(name: SecretName, file: string): Promise<string> {
  const read = await readReferencedFile(file);
  if (read.problem === undefined) return read.text;
  throw new McpassError("file_reference_unreadable", `The file ${file} that ${flagName(`${name}File`)} names ${read.problem}.`, { cause: read.cause });
}

function flagName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
