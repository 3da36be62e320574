import { join } from "node:path";

import { findMcpassError, type McpassError } from "../../base/errors.ts";
import type { Runtime } from "../../base/runtime.ts";
import { shellWord } from "../../base/shell-word.ts";
import type { ConfiguredServer } from "../configuration.ts";
import { setOAuthKeys } from "../edit-oauth.ts";
import { writeWhole } from "../write-whole.ts";
import type { ForeignRegistration } from "./foreign-login.ts";

export interface CopiedRegistration {
  readonly registration: ForeignRegistration;
  /** Of the entry here. */
  readonly server: string | undefined;
  /** `by-hand`: `command` does it. */
  readonly kind: "copied" | "there-already" | "different" | "by-hand" | "failed";
  readonly file?: string | undefined;
  readonly command?: string | undefined;
  readonly error?: McpassError | undefined;
}

/** A client that a person registered and configured elsewhere, into the entry of the same address. A secret in plain text goes into a file of its own, for this user only. */
export async function copyRegistration(runtime: Runtime, registration: ForeignRegistration, server: ConfiguredServer | undefined): Promise<CopiedRegistration> {
  const base = { registration, server: server?.name };
  const { clientId } = registration.keys;
  if (server?.entry?.type !== "remote") return { ...base, kind: "by-hand", command: addCommand(registration) };
  const { oauth } = server.entry;
  const own = typeof oauth === "object" ? (oauth.clientId ?? oauth.clientMetadataUrl) : undefined;
  if (own !== undefined || oauth === false) return { ...base, kind: own === clientId ? "there-already" : "different" };
  if (server.source.layer !== "user" && server.source.layer !== "file") return { ...base, kind: "by-hand", command: `mcpass clients set ${shellWord(server.name)} ${clientFlags(registration)}` };
  try {
    const { file } = server.source;
    await setOAuthKeys({ file, name: server.name, keys: await withSecretFile(runtime, server.name, registration.keys) });
    return { ...base, kind: "copied", file };
  } catch (thrown) {
    const error = findMcpassError(thrown);
    if (error === undefined) throw thrown;
    return { ...base, kind: "failed", error };
  }
}

const oneReference = /^\{(env|file):([^{}]*)\}$/;

async function withSecretFile(runtime: Runtime, name: string, keys: ForeignRegistration["keys"]): Promise<ForeignRegistration["keys"]> {
  const secret = keys["clientSecret"];
  if (typeof secret !== "string" || /\{(env|file):[^{}]*\}/.test(secret)) return keys;
  const file = join(runtime.directories.config, "secrets", `${name.replace(/[^\w.-]/g, "_")}.client-secret`);
  await writeWhole(file, secret);
  return { ...keys, clientSecret: `{file:${file}}` };
}

function addCommand(registration: ForeignRegistration): string {
  return `mcpass add ${shellWord(registration.label)} ${shellWord(registration.url)} ${clientFlags(registration)}`;
}

/** The secret itself is never in a command. */
function clientFlags({ keys }: ForeignRegistration): string {
  const { clientId, clientSecret, callbackPort, redirectUri } = keys;
  const [, kind, place = ""] = oneReference.exec(String(clientSecret ?? "")) ?? [];
  const secret = clientSecret === undefined ? undefined : kind === undefined ? "FILE" : place.trim();
  return [
    `--client-id ${shellWord(String(clientId))}`,
    ...(secret === undefined ? [] : [`--client-secret-${kind === "env" ? "env" : "file"} ${shellWord(secret)}`]),
    ...(callbackPort === undefined ? [] : [`--callback-port ${String(callbackPort)}`]),
    ...(redirectUri === undefined ? [] : [`--redirect-uri ${shellWord(String(redirectUri))}`]),
  ].join(" ");
}
