import { findMcpassError, McpassError } from "../base/errors.ts";
import { plainText, showUrl } from "../base/redact.ts";
import type { BegunAuthorization } from "../oauth/authorization.ts";
import type { Discovery } from "../oauth/discovery.ts";
import type { OutgoingAnswer } from "../oauth/outgoing.ts";
import type { Registration } from "../oauth/registration.ts";
import { readJsonObject } from "../oauth/wire.ts";
import type { AccessContext } from "./access-context.ts";
import { applyProfile } from "./applied-profile.ts";

/** Clients that an issuer may refuse although nothing in the configuration is wrong, and that another registration can replace. R02, R07 */
export function mayBeForgotten(context: AccessContext, { server }: Discovery, registration: Registration, reused: boolean): boolean {
  const { knownClient } = context;
  if (knownClient?.clientId === registration.clientId && context.runtime.now() - knownClient.at < 60_000) return false;
  return registration.kind === "dynamic" ? reused : registration.kind === "metadata-document" && server.registrationEndpoint !== undefined;
}

/**
 * Asks the authorization endpoint, without cookies and without following it anywhere, whether it knows the client: what a person would otherwise see as
 * a vendor's error page. Throws `client_invalid`; trouble of any other kind is left to the browser. R02
 */
export async function requireKnownClient(context: AccessContext, { url, pending }: BegunAuthorization, signal: AbortSignal | undefined): Promise<void> {
  const answer = await context.outgoing.request({ leg: "authorization", url, headers: { accept: "text/html,application/json;q=0.9" }, timeoutMs: 5_000, signal }).catch((thrown: unknown) => {
    if (findMcpassError(thrown)?.code === "cancelled") throw thrown;
    return undefined;
  });
  const forgetful = applyProfile(context, pending.server).profile?.forgetsClients === true;
  if (answer === undefined) return;
  if (!refusesClient(answer, url, forgetful)) {
    context.knownClient = { clientId: pending.registration.clientId, at: context.runtime.now() };
    return;
  }
  const { kind } = pending.registration;
  throw new McpassError("client_invalid", `${showUrl(pending.server.issuer)} does not know the client ${plainText(pending.registration.clientId, 120)} any more (${answer.status} at its authorization endpoint).`, {
    details: { leg: "authorization", status: answer.status, failure: "client", oauthError: "invalid_client", storedClient: kind === "dynamic", document: kind === "metadata-document" },
  });
}

/** A redirect with an error about the client, an error status, or a page that says it. A person's browser might be let in where we are not: 403 counts only in words. */
function refusesClient(answer: OutgoingAnswer, asked: string, forgetful: boolean): boolean {
  const { status } = answer;
  if (status >= 300 && status < 400) {
    const location = answer.header("location");
    const error = location !== undefined && URL.canParse(location, asked) ? new URL(location, asked).searchParams.get("error") : null;
    return error === "invalid_client" || error === "unauthorized_client";
  }
  if (status < 300) return status === 200 && blamesClient(answer);
  if (status === 403 || status === 401) return forgetful || blamesClient(answer);
  return status <= 500 && ![405, 406, 408, 425, 429].includes(status);
}

/** What a page says, without its scripts: they name the client whatever happens. */
function blamesClient({ text, contentType }: OutgoingAnswer): boolean {
  const words = contentType.includes("json") ? JSON.stringify(readJsonObject(text) ?? {}) : text.replace(/<(script|style)[\s\S]*?<\/\1>/gi, " ").replace(/<[^>]*>/g, " ");
  return /\b(unknown|invalid|unrecogni[sz]ed|unregistered|no such|missing)\s+(oauth\s+)?(client|application|redirect)|\binvalid_client\b|\bunauthorized_client\b|\b(client|application|redirect)([ _-]?(id|uri))?["']?\s+(\S{1,200}\s+)?(is\s+|was\s+|could\s+|did\s+|does\s+)?(not\s+(be\s+)?(found|recogni[sz]ed|registered|known|valid|match|available)|no\s+longer|unavailable|unknown|invalid|unregistered|(does\s*n.t|does\s+not)\s+exist)/i.test(words);
}

/** A sign-in with a client of an earlier one that nobody finished: perhaps because of what the browser showed. Always throws `thrown`. R02 */
export async function rememberAbandoned(context: AccessContext, registration: Registration | undefined, thrown: unknown): Promise<never> {
  const code = findMcpassError(thrown)?.code;
  if (registration !== undefined && (code === "cancelled" || code === "authorization_expired")) {
    await context.memory.note(context.serverUrl, { abandoned: { clientId: registration.clientId, at: context.runtime.now() } });
  }
  throw thrown;
}
