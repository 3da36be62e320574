import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { McpassError, describeCause } from "../../base/errors.ts";
import type { Runtime } from "../../base/runtime.ts";
import { type EntryOverrides, readHeaderFlags } from "../../config/override-entry.ts";
import type { GrantType, Protocol, Transport } from "../../config/server-entry.ts";

/** The flags that change a server's entry for this run, as the parser gives them. */
export interface OverrideFlags {
  readonly header?: readonly string[] | undefined;
  readonly clientId?: string | undefined;
  /** As typed, for compatibility with other programs. */
  readonly clientSecret?: string | undefined;
  readonly clientSecretEnv?: string | undefined;
  readonly clientSecretFile?: string | undefined;
  readonly grant?: GrantType | undefined;
  readonly privateKeyFile?: string | undefined;
  readonly signingAlg?: string | undefined;
  readonly assertionFile?: string | undefined;
  readonly idpTokenEndpoint?: string | undefined;
  readonly idpClientId?: string | undefined;
  readonly idpClientSecretEnv?: string | undefined;
  readonly idpClientSecretFile?: string | undefined;
  readonly idTokenFile?: string | undefined;
  readonly dpop?: boolean | undefined;
  readonly clientMetadataUrl?: string | undefined;
  readonly callbackPort?: number | undefined;
  readonly callbackHost?: string | undefined;
  readonly callbackBind?: string | undefined;
  readonly callbackPath?: string | undefined;
  readonly redirectUri?: string | undefined;
  readonly resource?: string | undefined;
  readonly transport?: Transport | undefined;
  readonly protocol?: Protocol | undefined;
  readonly account?: string | undefined;
  readonly scope?: string | undefined;
  /** --browser CMD, or false for --no-browser. */
  readonly browser?: string | boolean | undefined;
}

/** Reads the secrets that the flags point to; every other flag is taken over. Throws `usage`, `variable_unset`, `file_reference_unreadable`. */
export async function readOverrides(flags: OverrideFlags, runtime: Runtime): Promise<EntryOverrides> {
  const path = (file: string | undefined): string | undefined => (file === undefined ? undefined : resolve(runtime.workingDirectory, file));
  return {
    headers: flags.header === undefined ? undefined : readHeaderFlags(flags.header),
    clientId: flags.clientId,
    clientSecret: await readSecret("client-secret", chosenSecret(flags), runtime),
    clientMetadataUrl: flags.clientMetadataUrl,
    callbackPort: flags.callbackPort,
    callbackHost: flags.callbackHost,
    callbackBind: flags.callbackBind,
    callbackPath: flags.callbackPath,
    redirectUri: flags.redirectUri,
    resource: flags.resource,
    transport: flags.transport,
    protocol: flags.protocol,
    account: flags.account,
    grant: flags.grant,
    privateKeyFile: path(flags.privateKeyFile),
    signingAlg: flags.signingAlg,
    assertionFile: path(flags.assertionFile),
    idpTokenEndpoint: flags.idpTokenEndpoint,
    idpClientId: flags.idpClientId,
    idpClientSecret: await readSecret("idp-client-secret", { env: flags.idpClientSecretEnv, file: flags.idpClientSecretFile }, runtime),
    idTokenFile: path(flags.idTokenFile),
    dpop: flags.dpop,
  };
}

export interface SecretFlags {
  readonly typed?: string | undefined;
  readonly env: string | undefined;
  readonly file: string | undefined;
}

/** Where the client secret is to come from: one place. Throws `usage` when the flags name several. */
export function chosenSecret({ clientSecret: typed, clientSecretEnv: env, clientSecretFile: file }: OverrideFlags): SecretFlags {
  const named = Object.entries({ "--client-secret": typed, "--client-secret-env": env, "--client-secret-file": file }).flatMap(([flag, value]) => (value === undefined ? [] : [flag]));
  if (named.length > 1) throw new McpassError("usage", `${named.join(" and ")} cannot be used together`);
  return { typed, env, file };
}

async function readSecret(flag: string, { typed, env, file }: SecretFlags, runtime: Runtime): Promise<string | undefined> {
  if (env === undefined) return file === undefined ? typed : readSecretFile(flag, resolve(runtime.workingDirectory, file));
  const value = runtime.environment[env];
  if (value === undefined || value === "") throw new McpassError("variable_unset", `The variable ${env} that --${flag}-env names is not set.`);
  return value;
}

async function readSecretFile(flag: string, file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).trimEnd();
  } catch (cause) {
    throw new McpassError("file_reference_unreadable", `The file ${file} that --${flag}-file names could not be read: ${describeCause(cause)}`, { cause });
  }
}
