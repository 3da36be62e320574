import type { JSONWebKeySet, JWTPayload } from "jose";
import { answerAuthorize } from "./authorization-server/authorize.ts";
import { answerClientConfiguration } from "./authorization-server/client-configuration.ts";
import { answerDeviceAuthorization, answerDevicePage } from "./authorization-server/device.ts";
import { idToken } from "./authorization-server/issue.ts";
import { answerMetadata } from "./authorization-server/metadata.ts";
import { answerRegistration } from "./authorization-server/registration.ts";
import { answerRevocation } from "./authorization-server/revocation.ts";
import { createServerKey } from "./authorization-server/server-key.ts";
import { issuerOf, pathOf, type AuthorizationServerState } from "./authorization-server/state.ts";
import { createStore, type AuthorizationServerStore, type IssuedToken, type Secret } from "./authorization-server/store.ts";
import { answerToken } from "./authorization-server/token.ts";
import { defaultToggles, type AuthorizationServerToggles } from "./authorization-server/toggles.ts";
import { createProofDesk } from "./dpop.ts";
import { answerUserinfo } from "./authorization-server/userinfo.ts";
import type { Ledger } from "./ledger.ts";
import { json, listen, text, type Asked, type Listening, type Reply, type ServerTls } from "./listener.ts";

export type { AuthorizationServerToggles } from "./authorization-server/toggles.ts";

export interface AuthorizationServer extends Listening {
  /** As the metadata states it now. */
  readonly issuer: string;
  readonly toggles: AuthorizationServerToggles;
  readonly store: AuthorizationServerStore;
  /** For a resource server: the live access token, or why it is none. */
  validate(token: string): TokenVerdict;
  /** All access tokens count as expired from now on. */
  expireTokens(): void;
  revokeRefreshTokens(): void;
  /** The client table is lost, as after a redeployment. */
  forgetClients(): void;
  secrets(kind?: Secret["kind"]): string[];
  /** The same endpoints on one more port, under another name in the ledger. */
  alsoListen(party: string, options?: { readonly tls?: ServerTls }): Promise<Listening>;
  /** The endpoints' answer to a request, for a host that serves them itself. */
  handle(asked: Asked): Reply | Promise<Reply>;
  /** The keys of its id_tokens, ID-JAGs and of `sign`. */
  jwks(): JSONWebKeySet;
  /** An assertion of this issuer: `iss`, `iat`, `exp` (five minutes) and `jti` are there unless given. */
  sign(claims: JWTPayload, typ?: string): Promise<string>;
  /** What a sign-in of this person by this client would have brought. */
  idToken(subject: string, clientId: string): Promise<string>;
  /** The DPoP nonce that was good is so no longer. */
  retireNonce(): void;
}

export type TokenVerdict = { readonly ok: true; readonly token: TokenFacts } | { readonly ok: false; readonly reason: "expired" | "unknown" };

export interface TokenFacts {
  readonly scopes: readonly string[];
  readonly subject: string;
  readonly audience: string | undefined;
  readonly resource: string | undefined;
  readonly clientId: string;
  /** The thumbprint of the key that the token is bound to (cnf.jkt). */
  readonly jkt?: string | undefined;
}

export interface AuthorizationServerOptions extends Partial<Omit<AuthorizationServerToggles, "wellKnown">> {
  readonly wellKnown?: Partial<AuthorizationServerToggles["wellKnown"]>;
  /** The name in the ledger; "issuer" unless given. */
  readonly party?: string;
  readonly tls?: ServerTls;
  /** The origin it is known by when that is not the one it listens on: a name that a proxy's route leads here. */
  readonly publicOrigin?: string;
}

/** An authorization server whose every habit is a toggle. `stop` ends all its ports. */
export async function startAuthorizationServer(ledger: Ledger, options: AuthorizationServerOptions = {}): Promise<AuthorizationServer> {
  const { party = "issuer", wellKnown, tls, publicOrigin, ...given } = options;
  const defaults = defaultToggles();
  const toggles: AuthorizationServerToggles = { ...defaults, ...given, wellKnown: { ...defaults.wellKnown, ...wellKnown } };
  const state: { -readonly [K in keyof AuthorizationServerState]: AuthorizationServerState[K] } = {
    origin: "",
    toggles,
    store: createStore(),
    key: await createServerKey(),
    proofs: createProofDesk(),
  };
  const handle = (asked: Asked): Reply | Promise<Reply> => route(state, asked);
  const listening = await listen(ledger, party, handle, { tls });
  state.origin = publicOrigin ?? listening.origin;
  const others: Listening[] = [];
  return {
    ...listening,
    toggles,
    store: state.store,
    ...controls(state.store),
    get issuer() {
      return issuerOf(state);
    },
    handle,
    jwks: state.key.jwks,
    sign: (claims, typ) => state.key.sign({ iss: issuerOf(state), ...claims }, typ),
    idToken: (subject, clientId) => idToken(state, { subject, clientId }),
    retireNonce: state.proofs.retireNonce,
    async alsoListen(name, more) {
      const other = await listen(ledger, name, handle, more);
      others.push(other);
      return other;
    },
    async stop() {
      await Promise.all([listening, ...others].map((each) => each.stop()));
    },
  };
}

function route(state: AuthorizationServerState, asked: Asked): Reply | Promise<Reply> {
  const { path, method } = asked;
  const { grants } = state.toggles;
  if (path === pathOf(state, "authorize")) return answerAuthorize(state, asked);
  if (path === pathOf(state, "token") && method === "POST") return answerToken(state, asked);
  if (path === pathOf(state, "register")) return answerRegistration(state, asked);
  if (path === pathOf(state, "revoke") && method === "POST") return answerRevocation(state, asked);
  if (grants.includes("device") && path === pathOf(state, "device_authorization") && method === "POST") return answerDeviceAuthorization(state, asked);
  if (grants.includes("device") && path === "/device") return answerDevicePage(state, asked);
  if (path === "/userinfo") return answerUserinfo(state, asked);
  if (path === "/jwks") return json(200, state.key.jwks());
  return answerClientConfiguration(state, asked) ?? answerMetadata(state, path) ?? text(404, "404 page not found");
}

function controls(store: AuthorizationServerStore): Pick<AuthorizationServer, "validate" | "expireTokens" | "revokeRefreshTokens" | "forgetClients" | "secrets"> {
  const mark = (kind: IssuedToken["kind"]): void => {
    for (const issued of store.tokens.values()) if (issued.kind === kind) issued.state = "revoked";
  };
  return {
    validate: (token) => validate(store, token),
    expireTokens: () => mark("access"),
    revokeRefreshTokens: () => mark("refresh"),
    forgetClients: () => store.clients.clear(),
    secrets: (kind) => store.secrets.filter((secret) => kind === undefined || secret.kind === kind).map((secret) => secret.value),
  };
}

function validate(store: AuthorizationServerStore, token: string): TokenVerdict {
  const known = store.tokens.get(token);
  if (known?.kind !== "access") return { ok: false, reason: "unknown" };
  if (known.state !== "live" || known.expiresAt <= Date.now()) return { ok: false, reason: "expired" };
  const { subject, audience, resource, clientId, jkt } = known.approval;
  return { ok: true, token: { scopes: known.scopes, subject, audience, resource, clientId, ...(jkt === undefined ? {} : { jkt }) } };
}
