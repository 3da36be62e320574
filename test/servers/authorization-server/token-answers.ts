import { html, json, redirect, text, type Asked, type Reply } from "../listener.ts";
import type { AuthorizationServerToggles, TokenAnswer } from "./toggles.ts";

/** Answers that are given before anything is processed; undefined for the kinds that process the request. */
export function earlyAnswer(kind: TokenAnswer, form: URLSearchParams, asked: Asked, toggles: AuthorizationServerToggles): Reply | undefined {
  const early: Partial<Record<string, () => Reply>> = {
    "error-200": () => json(200, { error: "bad_verification_code", error_description: "The code passed is incorrect or expired." }),
    "form-error": () => formReply({ error: "bad_verification_code", error_description: "The code passed is incorrect or expired." }),
    "ok-false": () => json(200, { ok: false, error: "bad_redirect_uri" }),
    html: () => html(200, "<h1>Just a moment…</h1>"),
    "no-access-token": () => json(200, {}),
    busy: () => text(429, "Too Many Requests", { "retry-after": String(toggles.retryAfterSeconds) }),
    "bad-gateway": () => html(502, "<h1>502 Bad Gateway</h1>"),
    unavailable: () => text(503, "Service Unavailable"),
    "no-origin": () => html(530, "error code: 1016"),
    hang: () => ({ status: 0, hang: true }),
    "invalid-grant": () => json(400, { error: "invalid_grant", error_description: "the grant has ended" }),
    "temporarily-unavailable": () => json(400, { error: "temporarily_unavailable" }),
    "invalid-client": () => json(401, { error: "invalid_client", error_description: "Client not found" }),
    "empty-400": () => ({ status: 400, body: "" }),
    "html-404": () => html(404, "<h1>Not Found</h1>"),
    "gateway-403": () => json(403, { message: "Forbidden" }),
    "html-500": () => html(500, "<h1>Internal Server Error</h1>"),
    "echo-secrets": () => json(400, { error: "invalid_grant", error_description: echo(form, asked) }),
    redirect: () => redirect(toggles.foreignUrl, 307),
    reset: () => ({ status: 0, cut: true }),
  };
  return typeof kind === "string" ? early[kind]?.() : undefined;
}

/** The answer to a request that succeeded. */
export function finalAnswer(kind: TokenAnswer, body: Record<string, unknown>, asked: Asked): Reply {
  if (typeof kind === "object") return { ...success(body), delayMs: kind.slowMs };
  const likesJson = asked.headers["accept"]?.includes("application/json") === true;
  if (kind === "form" || (kind === "by-accept" && !likesJson)) return formReply(body);
  if (kind === "nested-user") return success({ ok: true, access_token: "xoxb-bot", token_type: "bot", authed_user: { id: "U1", ...body, token_type: "user" } });
  if (kind === "string-expiry") return success({ ...body, expires_in: String(body["expires_in"]) });
  if (kind === "no-expiry") return success({ ...body, expires_in: undefined });
  if (kind === "no-token-type") return success({ ...body, token_type: undefined });
  if (kind === "nulls") return success({ id_token: null, ...body, refresh_token: body["refresh_token"] ?? null, scope: null });
  return kind === "reset-half" ? { ...success(body), cut: true } : success(body);
}

function success(body: Record<string, unknown>): Reply {
  return json(200, body, { "cache-control": "no-store" });
}

function formReply(body: Record<string, unknown>): Reply {
  const present = Object.entries(body).filter(([, value]) => value !== undefined);
  const form = new URLSearchParams(present.map(([name, value]) => [name, String(value)])).toString();
  return { status: 200, headers: { "content-type": "application/x-www-form-urlencoded" }, body: form };
}

/** Every secret that was sent, in three spellings, as careless servers do. */
function echo(form: URLSearchParams, asked: Asked): string {
  const sent = ["refresh_token", "client_secret", "code", "code_verifier"].map((name) => form.get(name)).filter((value) => value !== null);
  const spelled = sent.flatMap((value) => [value, encodeURIComponent(value), Buffer.from(value).toString("base64")]);
  return `cannot accept ${[...spelled, asked.headers["authorization"] ?? ""].join(" , ")}`;
}
