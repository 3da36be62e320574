import { html, json, redirect, text, type Asked, type Reply } from "../listener.ts";
import type { KnownClient } from "./client-details.ts";
import { findClient } from "./known-client.ts";
import { scopeFault } from "./scope-rule.ts";
import { sentIssuer, type AuthorizationServerState } from "./state.ts";
import { words } from "./store.ts";
import { personAsking } from "./userinfo.ts";

/** RFC 6749 §4.1.1: what cannot be trusted is shown, everything else is told to the redirect URI. */
export async function answerAuthorize(state: AuthorizationServerState, asked: Asked): Promise<Reply> {
  const { query } = asked;
  const clientId = query.get("client_id") ?? "";
  const redirectUri = query.get("redirect_uri") ?? "";
  const known = await findClient(state, clientId);
  if (known === undefined) return unknownClientPage(state, asked, redirectUri);
  if (known.redirectUris !== "any" && !known.redirectUris.some((uri) => sameRedirect(state, known, uri, redirectUri))) {
    return html(400, "redirect_uri did not match any configured URIs");
  }
  return { ...decide(state, asked, { clientId, redirectUri, known }), delayMs: state.toggles.authorizeDelayMs };
}

interface AskingClient {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly known: KnownClient;
}

/** R02: the failure shows in the browser only. */
function unknownClientPage(state: AuthorizationServerState, asked: Asked, redirectUri: string): Reply {
  const pages: Record<typeof state.toggles.unknownClientPage, () => Reply> = {
    "json-400": () => json(400, { message: "Unrecognized client_id" }),
    "json-422": () => json(422, { code: 422, error_code: "oauth_client_not_found", msg: "Invalid client_id" }),
    "text-500": () => text(500, "Internal Server Error"),
    "html-200": () => html(200, "<h1>Something went wrong</h1><p>This application is not available.</p>"),
    "bare-403": () => html(403, "<h1>Forbidden</h1>"),
    redirect: () => redirect(callbackUrl(state, asked, redirectUri, { error: "unauthorized_client", error_description: "Unrecognized client_id" })),
  };
  return pages[state.toggles.unknownClientPage]();
}

function decide(state: AuthorizationServerState, asked: Asked, client: AskingClient): Reply {
  const { toggles } = state;
  const back = (answer: Record<string, string>): Reply => redirect(callbackUrl(state, asked, client.redirectUri, answer));
  if (toggles.approval === "page") return html(200, "<h1>Sign in</h1><p>Please wait for your administrator.</p>");
  if (toggles.approval === "deny") return back(toggles.denial);
  const problem = firstProblem(state, asked, client.known);
  if (problem !== undefined) return toggles.scopePolicy === "page" && problem["error"] === "invalid_scope" ? html(400, "invalid_scope") : back(problem);
  return back({ code: approve(state, asked, client) });
}

function firstProblem(state: AuthorizationServerState, asked: Asked, known: KnownClient): Record<string, string> | undefined {
  const { toggles } = state;
  const { query } = asked;
  if (query.get("response_type") !== "code") return { error: "unsupported_response_type" };
  if (query.get("code_challenge_method") !== "S256" || (query.get("code_challenge") ?? "").length !== 43) {
    return { error: "invalid_request", error_description: "PKCE with S256 is required" };
  }
  const scopes = words(query.get("scope") ?? undefined);
  const refused = scopes.filter((scope) => toggles.refusedScopes.includes(scope));
  if (refused.length > 0) return { error: "invalid_scope", error_description: `not allowed: ${refused.join(" ")}` };
  if (toggles.requiredScope !== undefined && !scopes.includes(toggles.requiredScope)) {
    return { error: "invalid_scope", error_description: `${toggles.requiredScope} scope is required` };
  }
  const unbound = toggles.bindsScopes && known.scope !== undefined ? scopes.filter((scope) => !words(known.scope).includes(scope)) : [];
  if (unbound.length > 0) return { error: "invalid_scope", error_description: `not registered: ${unbound.join(" ")}` };
  const fault = scopeFault(state, "authorize", { scope: query.get("scope") ?? undefined, resource: query.get("resource") ?? undefined });
  if (fault !== undefined) return fault;
  return resourceAllowed(toggles, asked.rawQuery) ? undefined : { error: "invalid_target", error_description: "resource is not acceptable" };
}

/** Looks at the bytes of a query or a form body: `resource=http%3A%2F%2Fh` and `…h%2F` are two. */
export function resourceAllowed(toggles: AuthorizationServerState["toggles"], raw: string): boolean {
  const values = raw.split("&").filter((pair) => pair.startsWith("resource=")).map((pair) => decodeURIComponent(pair.slice("resource=".length)));
  if (toggles.resourcePolicy === "ignore") return true;
  if (toggles.resourcePolicy === "reject") return values.length === 0;
  return values.length === 1 && values[0] === toggles.expectedResource;
}

function approve({ toggles, store }: AuthorizationServerState, asked: Asked, { clientId, redirectUri }: AskingClient): string {
  const { query } = asked;
  const subject = personAsking(toggles, query.get("login_hint"));
  const [offline, consent] = [query.get("access_type") === "offline", `${clientId} ${subject}`];
  const scope = toggles.grantedScope ?? query.get("scope") ?? undefined;
  const renewable = {
    always: true,
    never: false,
    "offline-scope": words(scope).includes("offline_access"),
    "offline-access-type": offline,
    "first-consent": offline && (!store.consents.has(consent) || words(query.get("prompt") ?? undefined).includes("consent")),
  }[toggles.refreshTokens];
  store.consents.add(consent);
  return store.issueCode({
    clientId,
    redirectUri,
    codeChallenge: query.get("code_challenge") ?? "",
    scope,
    resource: query.get("resource") ?? undefined,
    audience: query.get("audience") ?? undefined,
    subject,
    renewable,
    jkt: toggles.dpop === "off" ? undefined : (query.get("dpop_jkt") ?? undefined),
    nonce: query.get("nonce") ?? undefined,
  });
}

function callbackUrl(state: AuthorizationServerState, asked: Asked, redirectUri: string, answer: Record<string, string>): string {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value);
  const sent = asked.query.get("state");
  if (sent !== null) url.searchParams.set("state", sent);
  const iss = issOf(state);
  if (iss !== undefined) url.searchParams.set("iss", iss);
  return url.href;
}

function issOf(state: AuthorizationServerState): string | undefined {
  const issuer = sentIssuer(state);
  const forms = { right: issuer, wrong: "https://attacker.example", none: undefined, normalized: issuer.endsWith("/") ? issuer.slice(0, -1) : `${issuer}/` };
  return forms[state.toggles.iss];
}

function sameRedirect({ toggles }: AuthorizationServerState, { kind }: KnownClient, registered: string, sent: string): boolean {
  if (registered === sent) return true;
  if ((kind === "document" ? toggles.fetchesClientDocuments : toggles.redirectMatching) === "exact" || !URL.canParse(sent)) return false;
  const [left, right] = [new URL(registered), new URL(sent)];
  if (!["127.0.0.1", "[::1]", "localhost"].includes(left.hostname)) return false;
  left.port = right.port = "";
  return left.href === right.href;
}
