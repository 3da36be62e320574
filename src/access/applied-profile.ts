import { givenForm } from "../config/grant-keys.ts";
import type { OAuthSettings } from "../config/server-entry.ts";
import type { AuthorizationServer } from "../oauth/discover-issuer.ts";
import { areQualified, findProfile, type ProviderProfile } from "../oauth/provider-profile.ts";
import { type AccessContext, redirectUriOf, settingsOf } from "./access-context.ts";

export interface AppliedSettings extends OAuthSettings {
  /** The issuer registers nobody by itself. R01 */
  readonly closed?: boolean | undefined;
}

export interface Applied {
  /** What the user has set, and below it what the profile knows. */
  readonly settings: AppliedSettings;
  readonly profile: ProviderProfile | undefined;
}

/** The settings as they count at this issuer. What the user wrote always wins. */
export function applyProfile(context: AccessContext, server: AuthorizationServer): Applied {
  const own = settingsOf(context);
  const endpoints = [server.authorizationEndpoint, server.tokenEndpoint].filter((endpoint) => endpoint !== undefined);
  const profile = findProfile({ chosen: own.profile, serverUrl: context.entry.url, issuer: server.issuer, endpoints });
  if (profile === undefined) return { settings: own, profile };
  const registersAnyway = own.registrationAccessToken !== undefined || own.registrationEndpoint !== undefined;
  return {
    profile,
    settings: {
      ...own,
      closed: profile.clientHowTo !== undefined && !registersAnyway,
      registration: own.registration ?? profile.registration,
      tokenEndpointAuthMethod: own.tokenEndpointAuthMethod ?? profile.tokenEndpointAuthMethod,
      authorizationParams: { ...profile.authorizationParams, ...own.authorizationParams },
    },
  };
}

/** The scopes and the resource as the profile wants them. A01, A05, R08 */
export function adjustAsking(profile: ProviderProfile | undefined, settings: OAuthSettings, asked: { readonly scopes: readonly string[]; readonly resource: string | undefined }): { readonly scopes: readonly string[]; readonly resource: string | undefined; readonly audience: string | undefined } {
  const { scopes, resource } = asked;
  const withheld = settings.clientId === undefined && settings.scope === undefined ? (profile?.withheldScopes ?? []) : [];
  const omitted = profile?.omitResourceWhenScopesQualified === true && settings.resource === undefined && areQualified(scopes);
  return {
    scopes: scopes.filter((scope) => !withheld.includes(scope)),
    resource: omitted ? undefined : resource,
    audience: settings.audience ?? (profile?.audienceFromResource === true ? resource : undefined),
  };
}

/** What a profile changes here, and what else it knows, in a few words each; empty when the user's settings leave it nothing to do. */
export function profileEffects(context: AccessContext, server: AuthorizationServer, asked: { readonly scopes: readonly string[]; readonly resource: string | undefined }): readonly string[] {
  const { profile, settings } = applyProfile(context, server);
  if (profile === undefined) return [];
  const own = settingsOf(context);
  const after = adjustAsking(profile, own, asked);
  const parameters = Object.entries(profile.authorizationParams ?? {}).filter(([name]) => own.authorizationParams?.[name] === undefined);
  const withheld = asked.scopes.filter((scope) => !after.scopes.includes(scope));
  const effects: readonly (readonly [boolean, string])[] = [
    [asked.resource !== undefined && after.resource === undefined, "no resource parameter"],
    [after.audience !== undefined && own.audience === undefined, `audience=${after.audience ?? ""}`],
    [parameters.length > 0, parameters.map(([name, value]) => `${name}=${value}`).join(", ")],
    [withheld.length > 0, `not asking for ${withheld.join(" ")}`],
    [profile.registration !== undefined && own.registration === undefined && own.clientId === undefined, "dynamic registration, not the client metadata document"],
    [settings.closed === true && own.clientId === undefined && server.registrationEndpoint !== undefined, "its registration endpoint is not used"],
    [profile.tokenEndpointAuthMethod !== undefined && own.tokenEndpointAuthMethod === undefined && givenForm(own, "clientSecret") !== undefined, `the secret goes by ${profile.tokenEndpointAuthMethod ?? ""}`],
    [profile.pkceSilent === true && server.codeChallengeMethods === undefined, "S256, which it supports without saying so"],
    [profile.tenantTemplateIssuer === true && server.issuer.includes("{tenantid}"), "any tenant's issuer, recorded at the first sign-in"],
    [refusesRedirect(profile, settings), localhostRefused],
    [profile.forgetsClients === true && own.clientId === undefined, "it forgets clients, so a kept one is looked after before the browser opens"],
    [profile.remark !== undefined, profile.remark ?? ""],
  ];
  return effects.filter(([acts]) => acts).map(([, words]) => words);
}

const localhostRefused = "it refuses localhost, so oauth.callbackHost must be 127.0.0.1";

/** C03: the user's setting stands, and cannot work here. */
export function refusesRedirect(profile: ProviderProfile | undefined, settings: OAuthSettings): boolean {
  return profile?.refusesLocalhost === true && new URL(redirectUriOf(settings)).hostname === "localhost";
}

/** What helps when the issuer refuses to register us. */
export function registrationHelp({ profile, settings }: Applied): string | undefined {
  return refusesRedirect(profile, settings) ? localhostRefused : (profile?.registrationHowTo ?? profile?.clientHowTo);
}
