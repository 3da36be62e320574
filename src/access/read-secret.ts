import { McpassError } from "../base/errors.ts";
import { plainText } from "../base/redact.ts";
import { givenForm, secretForms, type SecretName } from "../config/grant-keys.ts";
import { readReferencedFile } from "../config/referenced-file.ts";
import type { CredentialCommand } from "../config/server-entry.ts";
import { type AccessContext, settingsOf } from "./access-context.ts";
import { withParts } from "./known-secrets.ts";
import { runProgram } from "./run-program.ts";

/**
 * A configured secret as it is now: its file read or its program run anew, else as it stands in the entry; undefined when none is configured. It is remembered as
 * something never to show. Throws `file_reference_unreadable`, which names the file and never its content, and `secret_command_failed`.
 */
export async function readSecret(context: AccessContext, name: SecretName): Promise<string | undefined> {
  const settings = settingsOf(context);
  const key = givenForm(settings, name);
  const value = key === undefined ? undefined : settings[key];
  if (key === undefined || value === undefined) return undefined;
  const secret = typeof value === "object" ? await printed(context, name, key, value as CredentialCommand) : key.endsWith("File") ? await fileText(context, key, String(value)) : String(value);
  for (const part of withParts(secret)) context.readSecrets.add(part);
  return secret;
}

export function hasSecret(context: AccessContext, name: SecretName): boolean {
  return givenForm(settingsOf(context), name) !== undefined;
}

/** What was read or printed is no key, say. Names where it came from, never what it was. */
export function unfitSecret(context: AccessContext, name: SecretName, problem: string): McpassError {
  const settings = settingsOf(context);
  const key = givenForm(settings, name) ?? secretForms[name][0];
  const value = settings[key];
  if (typeof value === "object") return commandFailed(context, name, key, `what ${plainText((value as CredentialCommand).words[0])} prints ${problem}`);
  if (key.endsWith("File")) return fileUnusable(context, key, String(value), problem);
  return new McpassError("entry_invalid", `oauth.${key} of ${context.name} ${problem}.`, { hint: `Check where oauth.${key} comes from.`, details: { server: context.name, field: `oauth.${key}` } });
}

async function fileText(context: AccessContext, key: string, file: string): Promise<string> {
  const read = await readReferencedFile(file);
  if (read.problem === undefined) return read.text;
  throw fileUnusable(context, key, file, read.problem, read.cause);
}

function fileUnusable(context: AccessContext, key: string, file: string, problem: string, cause?: unknown): McpassError {
  return new McpassError("file_reference_unreadable", `The file ${file}, which oauth.${key} of ${context.name} names, ${problem}.`, { hint: `Make ${file} what it should be, or change oauth.${key}.`, cause, details: { server: context.name, reference: file } });
}

async function printed(context: AccessContext, name: SecretName, key: string, command: CredentialCommand): Promise<string> {
  const output = await runProgram({ command, environment: context.runtime.environment, secrets: [...context.readSecrets, ...context.headers.secrets()] });
  if (typeof output !== "string") throw commandFailed(context, name, key, output.problem);
  const text = output.replace(/^\uFEFF/, "").trim();
  const program = plainText(command.words[0]);
  if (text === "") throw commandFailed(context, name, key, `${program} printed nothing`);
  // A key stands on many lines; a prompt or a banner beside a secret would be taken for a part of it.
  if (name !== "privateKey" && /[\r\n]/.test(text)) throw commandFailed(context, name, key, `${program} printed more than one line`);
  return text;
}

function commandFailed(context: AccessContext, name: SecretName, key: string, problem: string): McpassError {
  return new McpassError("secret_command_failed", `The ${words[name]} for ${context.name} could not be had: ${problem}.`, {
    hint: `Run the oauth.${key} of its entry by hand; it must print the ${words[name]} and nothing else.`,
    details: { server: context.name },
  });
}

const words: Readonly<Record<SecretName, string>> = {
  clientSecret: "client secret",
  privateKey: "private key",
  assertion: "assertion",
  idpClientSecret: "identity provider's client secret",
  idToken: "ID token",
};
