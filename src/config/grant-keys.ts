import type { GrantType, OAuthSettings } from "./server-entry.ts";

type Key = keyof OAuthSettings;

/** Each line is one thing the grant cannot do without, and the keys of which one will do. RFC 6749 §4.4, RFC 7523 §2, RFC 8693 */
const needs: Readonly<Record<GrantType, readonly (readonly [Key, ...Key[]])[]>> = {
  authorization_code: [],
  device_code: [],
  client_credentials: [["clientId"], ["clientSecret", "privateKeyFile"]],
  "jwt-bearer": [["assertionFile"]],
  "id-jag": [["clientId"], ["idpIssuer", "idpTokenEndpoint"], ["idpClientId"], ["idpIssuer", "idTokenFile"]],
};

const samples: Readonly<Record<GrantType, string>> = {
  authorization_code: "",
  device_code: "",
  client_credentials: '"clientId": "…", "clientSecret": "{env:NAME}"',
  "jwt-bearer": '"assertionFile": "/var/run/secrets/token"',
  "id-jag": '"clientId": "…", "clientSecret": "{env:NAME}", "idpIssuer": "https://…", "idpClientId": "…"',
};

/** Secrets that may stand in an entry (as a rule by way of a variable or a file) or come from a program; those with a `…File` are read from it anew each time. */
export const secretForms = {
  clientSecret: ["clientSecret", "clientSecretCommand"],
  privateKey: ["privateKey", "privateKeyFile", "privateKeyCommand"],
  assertion: ["assertion", "assertionFile", "assertionCommand"],
  idpClientSecret: ["idpClientSecret", "idpClientSecretCommand"],
  idToken: ["idToken", "idTokenFile", "idTokenCommand"],
} as const satisfies Readonly<Record<string, readonly Key[]>>;

export type SecretName = keyof typeof secretForms;
export const secretNames = Object.keys(secretForms) as readonly SecretName[];

/** The ways of giving the same secret as this key does; of another key itself. */
export function formsOf(key: Key): readonly Key[] {
  return Object.values<readonly Key[]>(secretForms).find((forms) => forms.includes(key)) ?? [key];
}

/** The first way in which a secret is given. */
export function givenForm(settings: OAuthSettings, secret: SecretName): Key | undefined {
  return secretForms[secret].find((form) => settings[form] !== undefined);
}

export interface KeyProblem {
  readonly key: Key;
  /** Completes the sentence "oauth …". */
  readonly problem: string;
  /** The setting as it should stand. */
  readonly hint: string;
}

/** What is wrong with the keys of the configured grant: one that it needs and has not, or a secret from two places. */
export function grantKeyProblem(settings: OAuthSettings): KeyProblem | undefined {
  const [one, other] = secretNames.map((name) => secretForms[name].filter((form: Key) => settings[form] !== undefined)).find(({ length }) => length > 1) ?? [];
  if (one !== undefined) return { key: one, problem: `has ${one} and ${other ?? ""}, which say the same`, hint: `keep one of ${one} and ${other ?? ""}` };
  const idToken = givenForm(settings, "idToken");
  if (settings.idpIssuer !== undefined && idToken !== undefined) return { key: idToken, problem: `has idpIssuer and ${idToken}, which say the same`, hint: `keep idpIssuer to sign in there, or ${idToken} and idpTokenEndpoint` };
  const grant = settings.grant ?? "authorization_code";
  const lacking = needs[grant].find((keys) => keys.flatMap(formsOf).every((key) => settings[key] === undefined));
  if (lacking === undefined) return undefined;
  return {
    key: lacking[0],
    problem: `has no ${lacking.join(" or ")}, which the grant "${grant}" needs`,
    hint: `write "oauth": { "grant": "${grant}", ${samples[grant]} }`,
  };
}
