import type { Runtime } from "../../base/runtime.ts";
import { type EntryOverrides, readHeaderFlags } from "../../config/override-entry.ts";
import type { GrantType, Protocol, Transport } from "../../config/server-entry.ts";
import { readSecretFlags, type SecretFlags } from "./secret-flags.ts";

/** The flags that change a server's entry for this run, as the parser gives them. */
export interface OverrideFlags extends SecretFlags {
  readonly header?: readonly string[] | undefined;
  readonly clientId?: string | undefined;
  readonly grant?: GrantType | undefined;
  readonly signingAlg?: string | undefined;
  readonly idpIssuer?: string | undefined;
  readonly idpTokenEndpoint?: string | undefined;
  readonly idpClientId?: string | undefined;
  readonly dpop?: boolean | undefined;
  readonly clientMetadataUrl?: string | undefined;
  readonly callbackPort?: number | undefined;
  readonly callbackHost?: string | undefined;
  readonly callbackBind?: string | undefined;
  readonly callbackPath?: string | undefined;
  readonly redirectUri?: string | undefined;
  readonly tokenEndpoint?: string | undefined;
  readonly authorizationParams?: Readonly<Record<string, string>> | undefined;
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
  return {
    headers: flags.header === undefined ? undefined : readHeaderFlags(flags.header),
    clientId: flags.clientId,
    ...(await readSecretFlags(flags, runtime)),
    commandDirectory: runtime.workingDirectory,
    clientMetadataUrl: flags.clientMetadataUrl,
    callbackPort: flags.callbackPort,
    callbackHost: flags.callbackHost,
    callbackBind: flags.callbackBind,
    callbackPath: flags.callbackPath,
    redirectUri: flags.redirectUri,
    tokenEndpoint: flags.tokenEndpoint,
    authorizationParams: flags.authorizationParams,
    resource: flags.resource,
    transport: flags.transport,
    protocol: flags.protocol,
    account: flags.account,
    grant: flags.grant,
    signingAlg: flags.signingAlg,
    idpIssuer: flags.idpIssuer,
    idpTokenEndpoint: flags.idpTokenEndpoint,
    idpClientId: flags.idpClientId,
    dpop: flags.dpop,
  };
}
