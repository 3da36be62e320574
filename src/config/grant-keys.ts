import type { GrantType, OAuthSettings } from "./server-entry.ts";

/** Each line is one thing the grant cannot do without, and the keys of which one will do. RFC 6749 §4.4, RFC 7523 §2, RFC 8693 */
const needs: Readonly<Record<GrantType, readonly (readonly [keyof OAuthSettings, ...(keyof OAuthSettings)[]])[]>> = {
  authorization_code: [],
  device_code: [],
  client_credentials: [["clientId"], ["clientSecret", "privateKeyFile"]],
  "jwt-bearer": [["assertionFile"]],
  "id-jag": [["clientId"], ["idpTokenEndpoint"], ["idpClientId"], ["idTokenFile"]],
};

const samples: Readonly<Record<GrantType, string>> = {
  authorization_code: "",
  device_code: "",
  client_credentials: '"clientId": "…", "clientSecret": "{env:NAME}"',
  "jwt-bearer": '"assertionFile": "/var/run/secrets/token"',
  "id-jag": '"clientId": "…", "clientSecret": "{env:NAME}", "idpTokenEndpoint": "https://…", "idpClientId": "…", "idTokenFile": "…"',
};

export interface MissingKeys {
  /** The first that is missing. */
  readonly key: keyof OAuthSettings;
  /** Completes the sentence "oauth …". */
  readonly problem: string;
  /** The setting as it should stand. */
  readonly hint: string;
}

/** What the configured grant lacks; undefined when nothing. */
export function missingGrantKeys(settings: OAuthSettings): MissingKeys | undefined {
  const grant = settings.grant ?? "authorization_code";
  const lacking = needs[grant].find((keys) => keys.every((key) => settings[key] === undefined));
  if (lacking === undefined) return undefined;
  return {
    key: lacking[0],
    problem: `has no ${lacking.join(" or ")}, which the grant "${grant}" needs`,
    hint: `write "oauth": { "grant": "${grant}", ${samples[grant]} }`,
  };
}
