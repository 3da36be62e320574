import { createLocalJWKSet, decodeJwt, jwtVerify, type JSONWebKeySet } from "jose";
import type { Ledger } from "../ledger.ts";
import { html, listen, redirect, text, type Asked, type Reply } from "../listener.ts";
import { independentScopes, load, replyOf, requestOf, type IndependentOptions, type IndependentServer } from "./independent.ts";

interface Auth {
  readonly handler: (request: Request) => Promise<Response>;
  readonly $context: Promise<unknown>;
}

/** The parts of the packages that the tests use. */
interface BetterAuthModule {
  readonly betterAuth: (options: object) => Auth;
}

interface ProviderModule {
  readonly oauthProvider: (options: object) => unknown;
  readonly oauthProviderAuthServerMetadata: (auth: Auth) => (request: Request) => Promise<Response>;
}

export interface BetterAuthOptions extends IndependentOptions {
  /** False: no dynamic registration. */
  readonly registration?: boolean;
}

const password = "a long password";
const path = "/api/auth";

/**
 * better-auth with its OAuth provider and a memory database: a path issuer with RFC 8414 (inserted and appended) and OpenID (appended) metadata; DCR;
 * RFC 8707 per client; JWT access tokens whose `aud` is an array; a replayed refresh token ends the family. It has no pages of its own: ours
 * ask for a name and for consent, and the browser double fills them.
 */
export async function startBetterAuthServer(ledger: Ledger, options: BetterAuthOptions): Promise<IndependentServer> {
  const running: { answer?: (asked: Asked) => Promise<Reply> } = {};
  const listening = await listen(ledger, options.party ?? "issuer", (asked) => running.answer?.(asked) ?? text(503, "starting"));
  const { origin } = listening;
  const issuer = origin + path;
  const { oauthProviderAuthServerMetadata } = await load<ProviderModule>("@better-auth/oauth-provider");
  const auth = await createAuth(origin, options);
  const inserted = oauthProviderAuthServerMetadata(auth);
  running.answer = async (asked) => {
    if (asked.path === `/.well-known/oauth-authorization-server${path}`) return replyOf(await inserted(requestOf(asked, origin)));
    if (asked.path === "/login" || asked.path === "/consent") return answerPage(auth, asked, origin);
    return replyOf(await auth.handler(requestOf(asked, origin)));
  };
  const keys = async (): Promise<JSONWebKeySet> => (await (await auth.handler(new Request(`${issuer}/jwks`))).json()) as JSONWebKeySet;
  return {
    ...listening,
    issuer,
    async validate(token) {
      const checked = await jwtVerify(token, createLocalJWKSet(await keys()), { issuer }).catch((error: { code?: string }) => error);
      if (!("payload" in checked)) return { ok: false, reason: checked.code === "ERR_JWT_EXPIRED" ? "expired" : "unknown" };
      const { sub = "", aud, scope, azp } = decodeJwt<{ scope?: string; azp?: string }>(token);
      const audience = [aud].flat().find((each) => each !== undefined && options.resources.includes(each));
      return { ok: true, token: { scopes: (scope ?? "").split(" "), subject: sub, audience, resource: audience, clientId: azp ?? "" } };
    },
  };
}

async function createAuth(baseURL: string, { resources, scopes = independentScopes, registration = true, accessTokenSeconds = 3600 }: BetterAuthOptions): Promise<Auth> {
  const { betterAuth } = await load<BetterAuthModule>("better-auth");
  const { memoryAdapter } = await load<{ memoryAdapter: (tables: object) => unknown }>("better-auth/adapters/memory");
  const { jwt } = await load<{ jwt: () => unknown }>("better-auth/plugins/jwt");
  const { oauthProvider } = await load<ProviderModule>("@better-auth/oauth-provider");
  const tables = ["user", "session", "account", "verification", "jwks", "oauthClient", "oauthResource", "oauthClientResource", "oauthRefreshToken", "oauthAccessToken", "oauthConsent", "oauthClientAssertion", "rateLimit"];
  const provider = oauthProvider({
    loginPage: "/login",
    consentPage: "/consent",
    scopes: ["openid", "profile", "email", "offline_access", ...scopes],
    resources: [...resources],
    clientRegistrationDefaultResources: [...resources],
    accessTokenExpiresIn: accessTokenSeconds,
    allowDynamicClientRegistration: registration,
    allowUnauthenticatedClientRegistration: registration,
  });
  const auth = betterAuth({
    baseURL,
    basePath: path,
    secret: "a secret of the tests, long enough for better-auth",
    database: memoryAdapter(Object.fromEntries(tables.map((name) => [name, []]))),
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
    plugins: [jwt(), provider],
  });
  await auth.$context;
  return auth;
}

/** The pages that every application writes for itself: a name (who is new is signed up), then consent. */
async function answerPage(auth: Auth, asked: Asked, origin: string): Promise<Reply> {
  const field = asked.path === "/login" ? '<input type="text" name="login">' : '<input type="hidden" name="accept" value="true">';
  if (asked.method === "GET") return html(200, `<form method="post" action="${asked.path}?${asked.rawQuery.replaceAll("&", "&amp;")}">${field}<button>Continue</button></form>`);
  const call = async (endpoint: string, body: object): Promise<Response> => {
    const headers = { "content-type": "application/json", origin, cookie: asked.headers["cookie"] ?? "" };
    return auth.handler(new Request(origin + path + endpoint, { method: "POST", headers, body: JSON.stringify(body) }));
  };
  const login = new URLSearchParams(asked.body).get("login") ?? "";
  const person = { name: login, email: `${login}@people.example`, password };
  if (asked.path === "/login") await call("/sign-up/email", person);
  const answer = asked.path === "/login" ? await call("/sign-in/email", { ...person, oauth_query: asked.rawQuery }) : await call("/oauth2/consent", { accept: true, oauth_query: asked.rawQuery });
  const told = (await answer.json()) as { url?: string; redirect_uri?: string };
  const next = told.url ?? told.redirect_uri;
  if (next === undefined) return text(answer.status, JSON.stringify(told));
  return { ...redirect(new URL(next, origin).href), take: (outgoing) => void outgoing.setHeader("set-cookie", answer.headers.getSetCookie()).writeHead(302, { location: new URL(next, origin).href }).end() };
}
