import type { TlsFiles } from "../base/runtime.ts";
import type { profileNames } from "./entry-schema.ts";

/** One server as the user asked for it, checked, with every `{env:}` and `{file:}` filled in. Values may be secrets: never print an entry. */
export type ServerEntry = RemoteEntry | LocalEntry;

export interface RemoteEntry {
  readonly type: "remote";
  /** An http(s) URL without user info and fragment. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Those of `headers` that have a `{file:}` in them: to be read again when a file changes. */
  readonly fileHeaders?: readonly FileHeader[] | undefined;
  readonly headersCommand?: CredentialCommand | undefined;
  /** For every request to this server and to its authorization server. */
  readonly tls?: TlsFiles | undefined;
  /** `false`: never OAuth. `undefined`: found out from the server's answers. */
  readonly oauth: OAuthSettings | false | undefined;
  readonly enabled: boolean;
  readonly timeout: Timeouts;
  readonly account: string | undefined;
  /** This server may name private addresses although it is public itself. */
  readonly allowPrivate: boolean;
  readonly transport: Transport;
  readonly protocol: Protocol;
}

export interface FileHeader {
  readonly name: string;
  /** The value in order: texts, and absolute paths of files whose content stands there. */
  readonly parts: readonly (string | { readonly file: string })[];
}

/** A program that prints headers as JSON, or a secret. No shell. */
export interface CredentialCommand {
  readonly words: readonly [string, ...string[]];
  /** Where it runs: the directory of the configuration file. */
  readonly cwd: string;
  readonly timeoutMs: number;
}

export interface LocalEntry {
  readonly type: "local";
  readonly command: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute; undefined when the entry names none. */
  readonly cwd: string | undefined;
  readonly enabled: boolean;
  readonly timeout: Timeouts;
  readonly protocol: Protocol;
}

export type Transport = "auto" | "http" | "sse";
export type Protocol = "auto" | "legacy" | "2026-07-28";

export interface Timeouts {
  /** From the first byte to `initialize` answered; 30 000 when nothing is configured. */
  readonly connectMs: number;
  /** One request; 60 000 when nothing is configured. */
  readonly requestMs: number;
}

export const defaultTimeouts: Timeouts = { connectMs: 30_000, requestMs: 60_000 };

export interface OAuthSettings {
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  readonly clientSecretCommand?: CredentialCommand | undefined;
  /** Space separated. */
  readonly scope?: string | undefined;
  /** Ignored when `redirectUri` is set. */
  readonly callbackPort?: number | undefined;
  /** Of the redirect URI; without brackets. Ignored when `redirectUri` is set. */
  readonly callbackHost?: string | undefined;
  /** The IP address to listen on; undefined: loopback. */
  readonly callbackBind?: string | undefined;
  /** Of the redirect URI; beside `redirectUri`, of the listener. */
  readonly callbackPath?: string | undefined;
  readonly redirectUri?: string | undefined;
  /** `callbackTimeout` in the file, in seconds there. */
  readonly callbackTimeoutMs?: number | undefined;
  /** `tokenTimeout` in the file. One token request; 30 000 when nothing is configured. T04 */
  readonly tokenTimeoutMs?: number | undefined;
  readonly issuer?: string | undefined;
  readonly authServerMetadataUrl?: string | undefined;
  readonly authorizationEndpoint?: string | undefined;
  readonly tokenEndpoint?: string | undefined;
  readonly registrationEndpoint?: string | undefined;
  /** The `resource` parameter as it is to be sent; `false`: sent never. RFC 8707. */
  readonly resource?: string | false | undefined;
  readonly authorizationParams?: Readonly<Record<string, string>> | undefined;
  readonly tokenParams?: Readonly<Record<string, string>> | undefined;
  readonly audience?: string | undefined;
  /** Names with dots between them. */
  readonly tokenPath?: string | undefined;
  /** Whom the authorization server should suggest, for the entry's own account. OpenID Connect Core §3.1.2.1 */
  readonly loginHint?: string | undefined;
  readonly clientName?: string | undefined;
  readonly clientUri?: string | undefined;
  readonly clientMetadataUrl?: string | undefined;
  readonly tokenEndpointAuthMethod?: "none" | "client_secret_basic" | "client_secret_post" | "private_key_jwt" | undefined;
  /** `optional` accepts a callback without the `iss` its issuer advertises. RFC 9207. */
  readonly iss?: "required" | "optional" | undefined;
  /** `strict` refuses an issuer that does not advertise S256. RFC 7636. */
  readonly pkce?: "auto" | "strict" | undefined;
  /** Whether `offline_access` is asked for. */
  readonly offline?: "auto" | "always" | "never" | undefined;
  readonly registration?: "auto" | "static" | "cimd" | "dcr" | undefined;
  /** The issuer's initial access token, for registering only. RFC 7591 §3. */
  readonly registrationAccessToken?: string | undefined;
  /** Read `http://` as `https://` where this server's metadata names its own host. */
  readonly allowSchemeUpgrade?: boolean | undefined;
  /** The provider profile to use instead of the one that matches; `none`: no profile. */
  readonly profile?: (typeof profileNames)[number] | undefined;
  /** For the authorization server's endpoints only; the entry's own headers never go there. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** `undefined` is `authorization_code`. */
  readonly grant?: GrantType | undefined;
  /** PEM or JWK, for `private_key_jwt`. RFC 7523 §2.2. */
  readonly privateKey?: string | undefined;
  /** Absolute, like every path here. */
  readonly privateKeyFile?: string | undefined;
  readonly privateKeyCommand?: CredentialCommand | undefined;
  readonly signingAlg?: string | undefined;
  readonly assertion?: string | undefined;
  readonly assertionFile?: string | undefined;
  readonly assertionCommand?: CredentialCommand | undefined;
  /** The `aud` of what `privateKeyFile` signs; the issuer when undefined. */
  readonly assertionAudience?: string | undefined;
  /** Where a person signs in once, for every server that names it. */
  readonly idpIssuer?: string | undefined;
  /** Space separated; asked for there. */
  readonly idpScope?: string | undefined;
  readonly idpTokenEndpoint?: string | undefined;
  readonly idpClientId?: string | undefined;
  readonly idpClientSecret?: string | undefined;
  readonly idpClientSecretCommand?: CredentialCommand | undefined;
  readonly idToken?: string | undefined;
  readonly idTokenFile?: string | undefined;
  readonly idTokenCommand?: CredentialCommand | undefined;
  /** RFC 9449. */
  readonly dpop?: boolean | undefined;
}

/** How a token is come by. With the first two a person says yes, with the others nobody does. */
export type GrantType = "authorization_code" | "device_code" | MachineGrantType;
/** With these nobody says yes: the machine signs in by itself. RFC 6749 §4.4, RFC 7523, RFC 8693 */
export type MachineGrantType = "client_credentials" | "jwt-bearer" | "id-jag";

/** Grants that no person is asked for. */
export const machineGrants = ["client_credentials", "jwt-bearer", "id-jag"] as const satisfies readonly MachineGrantType[];
