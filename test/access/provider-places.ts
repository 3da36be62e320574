import type { Access } from "../../src/access/access.ts";
import { findMcpassError } from "../../src/base/errors.ts";
import type { OpenBrowser } from "../../src/base/runtime.ts";
import type { OAuthSettings, RemoteEntry } from "../../src/config/server-entry.ts";
import type { ProfileName } from "../../src/oauth/provider-profile.ts";
import { worldOf } from "../oauth/outgoing-for.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import { providers } from "../servers/providers.ts";
import type { ResourceServer, ResourceServerOptions } from "../servers/resource-server.ts";
import { openWorld, type Person, remote, type World } from "./world.ts";
import { freePort } from "../rig/free-port.ts";

/** A provider under its own name: the names lead to the scriptable servers, so that its profile is found as it is out there. */
export interface ProviderPlace {
  readonly issuer: string;
  /** Where its endpoints are, when not at the issuer's host. */
  readonly endpoints?: string;
  readonly server?: string;
  readonly habits: AuthorizationServerOptions;
}

export const places: Readonly<Record<ProfileName, ProviderPlace>> = {
  entra: { issuer: "https://login.microsoftonline.com", habits: providers.entra() },
  google: { issuer: "https://accounts.google.com", habits: providers.google() },
  auth0: { issuer: "https://tenant.eu.auth0.com", habits: { ...providers.auth0(), refreshTokens: "always" } },
  okta: { issuer: "https://dev-1.okta.com", habits: providers.okta() },
  keycloak: { issuer: "https://sso.example.com", habits: { ...providers.keycloak(), endpointPaths: { authorize: "/realms/a/protocol/openid-connect/auth", token: "/realms/a/protocol/openid-connect/token" } } },
  cognito: { issuer: "https://cognito-idp.eu-west-1.amazonaws.com", endpoints: "https://mine.auth.eu-west-1.amazoncognito.com", habits: { ...providers.cognito(), issuerForm: "path" } },
  "aws-sign-in": { issuer: "https://us-east-1.signin.aws.amazon.com", habits: { pkce: "absent" } },
  github: { issuer: "https://github.com", habits: { ...providers.github(), metadata: { token_endpoint_auth_methods_supported: undefined } } },
  slack: { issuer: "https://mcp.slack.com", endpoints: "https://slack.com", habits: { ...providers.slack(), metadata: { token_endpoint_auth_methods_supported: undefined } } },
  atlassian: { issuer: "https://cf.mcp.atlassian.com", server: "https://mcp.atlassian.com", habits: providers.atlassian() },
  notion: { issuer: "https://www.notion.com", server: "https://mcp.notion.com", habits: providers.notion() },
  linear: { issuer: "https://mcp.linear.app", habits: { ...providers.linear(), fetchesClientDocuments: "off", clientMetadataDocuments: true } },
  figma: { issuer: "https://api.figma.com", habits: { ...providers.figma(), metadata: { token_endpoint_auth_methods_supported: undefined } } },
  datadog: { issuer: "https://mcp.datadoghq.com", habits: providers.datadog() },
  sentry: { issuer: "https://mcp.sentry.dev", habits: providers.sentry() },
  supabase: { issuer: "https://api.supabase.com", server: "https://mcp.supabase.com", habits: providers.supabase() },
  clerk: { issuer: "https://happy-fox-1.clerk.accounts.dev", habits: providers.clerk() },
  "better-auth": { issuer: "https://app.example.com", habits: { ...providers.betterAuth(), endpointPaths: { authorize: "/api/auth/mcp/authorize", token: "/api/auth/mcp/token" } } },
  fastmcp: { issuer: "https://mine.fastmcp.app", habits: providers.fastmcp() },
  "cloudflare-workers": { issuer: "https://mine.someone.workers.dev", habits: {} },
};

export interface Visit {
  readonly world: World;
  readonly issuer: AuthorizationServer;
  readonly server: ResourceServer;
  readonly entry: RemoteEntry;
  /** Every URL given to the browser. */
  readonly opened: URL[];
  /** As a program started anew has it. */
  access(): Access;
  /** Somebody who approves, and who gives up at a page that leads nowhere. */
  signIn(access?: Access): Promise<Person>;
  /** What doctor says of a leg. */
  examined(leg: string): Promise<string>;
}

export async function visit(name: ProfileName, more: { readonly issuer?: AuthorizationServerOptions; readonly server?: ResourceServerOptions; readonly oauth?: OAuthSettings } = {}): Promise<Visit> {
  const place = places[name];
  const world = await openWorld();
  const issuer = await world.issuer({ ...place.habits, publicOrigin: place.issuer, ...(place.endpoints === undefined ? {} : { endpointOrigin: place.endpoints }), ...more.issuer });
  const serverName = place.server ?? "https://mcp.example.org";
  const server = await world.resource({ trusts: issuer, publicOrigin: serverName, ...more.server });
  const servedBy = (origin: string, by: { readonly origin: string }) => [new URL(origin).hostname, { addresses: ["93.184.216.34"], servedBy: by.origin }] as const;
  const names = worldOf(Object.fromEntries([servedBy(place.issuer, issuer), servedBy(place.endpoints ?? place.issuer, issuer), servedBy(serverName, server)]));
  const entry = remote(server.url, { oauth: { callbackPort: await freePort(), ...more.oauth } });
  const opened: URL[] = [];
  let givesUp = new AbortController();
  const openBrowser: OpenBrowser = async (url) => {
    opened.push(new URL(url));
    const location = (await names.fetch(url)).headers.get("location");
    if (location === null) givesUp.abort();
    else await fetch(location);
    return { opened: true };
  };
  const access = (): Access => world.access(entry, { runtime: { ...names, openBrowser } });
  return {
    world, issuer, server, entry, opened, access,
    async signIn(with_ = access()) {
      givesUp = new AbortController();
      const person = world.person({ force: true, signal: givesUp.signal });
      await with_.signIn(person);
      return person;
    },
    async examined(leg) {
      const { findings } = await access().examine({ challenge: undefined, refused: true });
      return findings.filter((each) => each.leg === leg).map(({ mark, said }) => `${mark}: ${said}`).join("\n");
    },
  };
}

/** A client that is registered by hand. */
export async function configured(secret?: string): Promise<{ readonly issuer: AuthorizationServerOptions; readonly oauth: OAuthSettings }> {
  const callbackPort = await freePort();
  const client = { client_id: "ours", redirect_uris: [`http://127.0.0.1:${callbackPort}/mcp/oauth/callback`], ...(secret === undefined ? {} : { client_secret: secret }) };
  return { issuer: { clients: [client] }, oauth: { clientId: "ours", callbackPort, ...(secret === undefined ? {} : { clientSecret: secret }) } };
}

/** The first line and the hint of the error that ended it. */
export async function refusalOf(work: Promise<unknown>): Promise<string> {
  const error = findMcpassError(await work.then(() => undefined, (thrown: unknown) => thrown));
  return error === undefined ? "nothing" : `${error.code}: ${error.message} ${error.hint ?? ""}`;
}
