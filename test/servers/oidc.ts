import type Provider from "oidc-provider";
import type { TokenVerdict } from "./authorization-server.ts";
import type { Ledger } from "./ledger.ts";
import { listen, text, type Listening } from "./listener.ts";

export interface OidcServer extends Listening {
  readonly issuer: string;
  /** For a resource server's `trusts`. */
  validate(token: string): Promise<TokenVerdict>;
}

export interface OidcOptions {
  /** The name in the ledger; "issuer" unless given. */
  readonly party?: string;
  /** False: no dynamic registration. */
  readonly registration?: boolean;
  /** Pre-registered clients, in oidc-provider's own words. */
  readonly clients?: readonly Readonly<Record<string, unknown>>[];
  /** The scopes every resource knows. */
  readonly scopes?: readonly string[];
  /** The resources it knows; any, unless given. */
  readonly resources?: readonly string[];
  readonly accessTokenSeconds?: number;
}

/**
 * oidc-provider, written by others, as the authorization server: PKCE required, resource indicators enforced, `iss` sent,
 * refresh tokens rotate and a replay ends their family. Its development pages want a name and a consent: the browser double fills them.
 */
export async function startOidcServer(ledger: Ledger, options: OidcOptions = {}): Promise<OidcServer> {
  const restoreConsole = quietConsole();
  const { default: OidcProvider, errors } = await import("oidc-provider");
  const running: { provider?: Provider } = {};
  const listening = await listen(ledger, options.party ?? "issuer", ({ request, body }) => {
    const callback = running.provider?.callback();
    if (callback === undefined) return text(503, "starting");
    // The body has been read for the ledger; oidc-provider takes it from here when the request has no more to read.
    return { status: 0, take: (response) => callback(Object.assign(request, { body }), response) };
  });
  const provider = (running.provider = new OidcProvider(listening.origin, configuration(options, () => new errors.InvalidTarget())));
  const { AccessToken } = provider;
  return {
    ...listening,
    issuer: listening.origin,
    async validate(value) {
      const token = await AccessToken.find(value);
      if (token === undefined) return { ok: false, reason: "unknown" };
      if (token.isExpired) return { ok: false, reason: "expired" };
      const audience = typeof token.aud === "string" ? token.aud : token.aud?.[0];
      const scopes = (token.scope ?? "").split(" ").filter((scope) => scope !== "");
      return { ok: true, token: { scopes, subject: token.accountId ?? "", audience, resource: audience, clientId: token.clientId ?? "" } };
    },
    async stop() {
      await listening.stop();
      restoreConsole();
    },
  };
}

function configuration({ registration = true, clients = [], scopes = ["mcp:read", "mcp:write"], resources, accessTokenSeconds = 3600 }: OidcOptions, invalidTarget: () => Error): Record<string, unknown> {
  return {
    clients,
    scopes: ["openid", "offline_access", ...scopes],
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: (_context: unknown, client: { grantTypeAllowed(type: string): boolean }) => client.grantTypeAllowed("refresh_token"),
    ttl: { AccessToken: accessTokenSeconds, Interaction: 600, Session: 600, Grant: 86_400, RefreshToken: 86_400, IdToken: 600 },
    features: {
      devInteractions: { enabled: true },
      registration: { enabled: registration },
      revocation: { enabled: true },
      introspection: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo(_context: unknown, resource: string) {
          if (resources?.includes(resource) === false) throw invalidTarget();
          return { scope: scopes.join(" "), audience: resource, accessTokenTTL: accessTokenSeconds, accessTokenFormat: "opaque" };
        },
      },
    },
  };
}

/** Its notices about development pages and unsupported runtimes are not news; everything else is still printed. */
function quietConsole(): () => void {
  const { info, warn } = console;
  const filter =
    (print: typeof console.info) =>
    (...words: unknown[]): void => {
      if (!String(words[0]).includes("oidc-provider")) print(...words);
    };
  console.info = filter(info);
  console.warn = filter(warn);
  return () => Object.assign(console, { info, warn });
}
