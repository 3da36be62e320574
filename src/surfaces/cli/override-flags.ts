import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { McpassError, describeCause } from "../../base/errors.ts";
import type { Runtime } from "../../base/runtime.ts";
import { type EntryOverrides, readHeaderFlags } from "../../config/override-entry.ts";
import type { Protocol, Transport } from "../../config/server-entry.ts";

/** The flags that change a server's entry for this run, as the parser gives them. */
export interface OverrideFlags {
  readonly header?: readonly string[] | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecretEnv?: string | undefined;
  readonly clientSecretFile?: string | undefined;
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

/** Reads the secret that the flags point to; every other flag is taken over. Throws `usage`, `variable_unset`, `file_reference_unreadable`. */
export async function readOverrides(flags: OverrideFlags, runtime: Runtime): Promise<EntryOverrides> {
  const clientSecret = await readClientSecret(flags, runtime);
  return {
    headers: flags.header === undefined ? undefined : readHeaderFlags(flags.header),
    clientId: flags.clientId,
    clientSecret,
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
  };
}

async function readClientSecret(flags: OverrideFlags, runtime: Runtime): Promise<string | undefined> {
  if (flags.clientSecretEnv !== undefined && flags.clientSecretFile !== undefined) {
    throw new McpassError("usage", "--client-secret-env and --client-secret-file cannot be used together");
  }
  if (flags.clientSecretEnv !== undefined) {
    const value = runtime.environment[flags.clientSecretEnv];
    if (value === undefined || value === "") throw new McpassError("variable_unset", `The variable ${flags.clientSecretEnv} that --client-secret-env names is not set.`);
    return value;
  }
  return flags.clientSecretFile === undefined ? undefined : readSecretFile(resolve(runtime.workingDirectory, flags.clientSecretFile));
}

async function readSecretFile(file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).trimEnd();
  } catch (cause) {
    throw new McpassError("file_reference_unreadable", `The file ${file} that --client-secret-file names could not be read: ${describeCause(cause)}`, { cause });
  }
}
