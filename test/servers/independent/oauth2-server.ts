import { randomBytes } from "node:crypto";
import type { Ledger } from "../ledger.ts";
import { html, listen, text, type Asked, type Reply } from "../listener.ts";
import { independentScopes, load, type IndependentOptions, type IndependentServer } from "./independent.ts";

export interface OAuth2ServerOptions extends Omit<IndependentOptions, "resources"> {
  /** It registers nobody by itself. A client without a secret is public. */
  readonly clients: readonly { readonly client_id: string; readonly client_secret?: string; readonly redirect_uris: readonly string[]; readonly grants?: readonly string[] }[];
}

interface Client {
  readonly id: string;
  readonly redirectUris: readonly string[];
  readonly grants: readonly string[];
}

interface Token {
  accessToken: string;
  accessTokenExpiresAt: Date;
  refreshToken?: string;
  scope?: string[];
  client: Client;
  user: { id: string };
}

interface Code {
  authorizationCode: string;
  client?: Client;
  user?: Token["user"];
}

/** The part of the package that the tests use. */
interface OAuth2Module {
  readonly default: (new (options: object) => { authorize(request: object, response: object, options?: object): Promise<unknown>; token(request: object, response: object, options?: object): Promise<unknown> }) & {
    readonly Request: new (options: object) => object;
    readonly Response: new (options?: object) => { status?: number; headers?: Record<string, string>; body?: unknown };
  };
}

/**
 * @node-oauth/oauth2-server: /authorize and /token and nothing else. No metadata, no registration, no revocation, no `iss`; `resource` is ignored;
 * refresh tokens rotate; client_credentials with a secret. Its page asks for a name: the browser double gives it.
 */
export async function startOAuth2Server(ledger: Ledger, options: OAuth2ServerOptions): Promise<IndependentServer> {
  const { default: OAuth2Server } = await load<OAuth2Module>("@node-oauth/oauth2-server");
  const { tokens, model } = createModel(options);
  const server = new OAuth2Server({ model, accessTokenLifetime: options.accessTokenSeconds ?? 3600 });
  const answer = async (asked: Asked, work: (request: object, response: object) => Promise<unknown>): Promise<Reply> => {
    const { method, headers, query, body } = asked;
    const response = new OAuth2Server.Response();
    const request = new OAuth2Server.Request({ method, headers, query: Object.fromEntries(query), body: Object.fromEntries(new URLSearchParams(body)) });
    const failure = await work(request, response).then(() => undefined, (error: { code?: number; name?: string; message?: string }) => error);
    const shown = response.body ?? (failure === undefined ? {} : { error: failure.name, error_description: failure.message });
    return { status: response.status === undefined || (failure !== undefined && response.status === 200) ? (failure?.code ?? 200) : response.status, headers: { "content-type": "application/json", ...response.headers }, body: JSON.stringify(shown) };
  };
  const listening = await listen(ledger, options.party ?? "issuer", (asked) => {
    const { path, method, body } = asked;
    if (path === "/token") return answer(asked, (request, response) => server.token(request, response, { requireClientAuthentication: { authorization_code: false, refresh_token: false } }));
    if (path !== "/authorize") return text(404, "404 page not found");
    if (method === "GET") return html(200, '<form method="post"><input type="text" name="login"><button>Allow</button></form>');
    const authenticateHandler = { handle: () => ({ id: new URLSearchParams(body).get("login") ?? "alice" }) };
    return answer(asked, (request, response) => server.authorize(request, response, { authenticateHandler }));
  });
  return {
    ...listening,
    issuer: listening.origin,
    async validate(value) {
      const token = tokens.get(value);
      if (token?.accessToken !== value) return { ok: false, reason: "unknown" };
      if (token.accessTokenExpiresAt.getTime() <= Date.now()) return { ok: false, reason: "expired" };
      return { ok: true, token: { scopes: token.scope ?? [], subject: token.user.id, audience: undefined, resource: undefined, clientId: token.client.id } };
    },
  };
}

/** The model is the application's part: clients, codes and tokens in memory. */
function createModel({ clients, scopes = independentScopes }: OAuth2ServerOptions): { tokens: Map<string, Token>; model: object } {
  const codes = new Map<string, Code>();
  const tokens = new Map<string, Token>();
  const model = {
    getClient(id: string, secret: string | null): Client | undefined {
      const client = clients.find((each) => each.client_id === id);
      if (client === undefined || (secret !== null && secret !== undefined && secret !== client.client_secret)) return undefined;
      return { id, redirectUris: client.redirect_uris, grants: client.grants ?? ["authorization_code", "refresh_token"] };
    },
    getUserFromClient: (client: Client) => ({ id: client.id }),
    generateAccessToken: () => `at-${randomBytes(18).toString("base64url")}`,
    generateRefreshToken: () => `rt-${randomBytes(18).toString("base64url")}`,
    validateScope: (_user: unknown, _client: unknown, scope: string[] | undefined) => (scope ?? []).every((word) => scopes.includes(word)) && (scope ?? []),
    saveAuthorizationCode: (code: Code, client: Client, user: Token["user"]) => keep(codes, code.authorizationCode, { ...code, client, user }),
    getAuthorizationCode: (code: string) => codes.get(code),
    revokeAuthorizationCode: (code: Code) => codes.delete(code.authorizationCode),
    saveToken(token: Token, client: Client, user: Token["user"]) {
      const saved = { ...token, client, user };
      if (token.refreshToken !== undefined) tokens.set(token.refreshToken, saved);
      return keep(tokens, token.accessToken, saved);
    },
    getAccessToken: (token: string) => tokens.get(token),
    getRefreshToken: (token: string) => tokens.get(token),
    revokeToken: (token: Token) => tokens.delete(token.refreshToken ?? ""),
  };
  return { tokens, model };
}

function keep<T>(map: Map<string, T>, name: string, value: T): T {
  map.set(name, value);
  return value;
}
