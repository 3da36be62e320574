import { findMcpassError, McpassError } from "../base/errors.ts";
import { plainText, showUrl } from "../base/redact.ts";
import { judgePkce } from "../oauth/authorization.ts";
import type { BearerChallenge } from "../oauth/challenge.ts";
import type { Discovery } from "../oauth/discovery.ts";
import { registrationKey } from "../vault/vault-key.ts";
import { type AccessContext, redirectUriOf } from "./access-context.ts";
import { applyProfile, refusesRedirect } from "./applied-profile.ts";
import { chooseAsking } from "./authorize.ts";
import { defaultClientName } from "./ensure-registration.ts";
import { isDocumentRefused } from "./document-refused.ts";
import { planClient } from "./policed.ts";
import { type Finding, finding } from "./finding.ts";

/** What mcpass would be and ask for at this issuer: profile, PKCE, registration, scopes, redirect. Asks nobody. */
export async function examineClient(context: AccessContext, discovery: Discovery, challenge: BearerChallenge | undefined): Promise<{ readonly findings: readonly Finding[]; readonly error: McpassError | undefined }> {
  const pkce = examinePkce(context, discovery);
  const findings = [...examineProfile(context, discovery, challenge), pkce.finding, ...(await examineRegistration(context, discovery)), examineScopes(context, discovery, challenge), examineRedirect(context, discovery)];
  return { findings, error: pkce.error };
}

function askingOf(context: AccessContext, discovery: Discovery, challenge: BearerChallenge | undefined) {
  return chooseAsking(context, discovery, { challenged: challenge?.scopes ?? [], held: [] }, {});
}

function examineProfile(context: AccessContext, discovery: Discovery, challenge: BearerChallenge | undefined): readonly Finding[] {
  const { profile } = applyProfile(context, discovery.server);
  if (profile === undefined) return [];
  const notice = askingOf(context, discovery, challenge).profileNotice ?? `Using the ${profile.title} profile: nothing to change here.`;
  return [finding("profile", "note", `${notice} (${profile.fieldNotes.join(" ")})`)];
}

function examinePkce(context: AccessContext, { server }: Discovery): { readonly finding: Finding; readonly error: McpassError | undefined } {
  const { settings, profile } = applyProfile(context, server);
  try {
    const [warning] = judgePkce({ server, pkce: settings.pkce ?? "auto", pkceSilent: profile?.pkceSilent });
    const silent = server.codeChallengeMethods === undefined ? "S256, not advertised" : "S256";
    return { finding: warning === undefined ? finding("pkce", "good", silent) : finding("pkce", "warning", warning), error: undefined };
  } catch (thrown) {
    const error = findMcpassError(thrown) ?? new McpassError("internal", "PKCE could not be judged.", { cause: thrown });
    return { finding: finding("pkce", "bad", error.message), error };
  }
}

async function examineRegistration(context: AccessContext, { server }: Discovery): Promise<readonly Finding[]> {
  const { settings, profile } = applyProfile(context, server);
  const ways = [
    ...(server.registrationEndpoint === undefined ? [] : [`dynamic registration at ${showUrl(server.registrationEndpoint)}`]),
    ...(server.clientIdMetadataDocumentSupported ? ["client metadata documents"] : []),
  ];
  const offered = finding("registration", ways.length === 0 ? "note" : "good", ways.length === 0 ? "the issuer takes no new clients by itself" : `the issuer offers ${ways.join(" and ")}`);
  const plan = planOrError(context, { server } as Discovery);
  if (plan instanceof McpassError) return [offered, finding("registration", "bad", plan.message)];
  if (plan.kind === "ready" && (await isDocumentRefused(context, server))) return [offered, finding("registration", "warning", `the server refused tokens of the document ${plainText(plan.registration.clientId, 120)}; mcpass registers instead`)];
  if (plan.kind === "ready") return [offered, finding("registration", "good", `client ${plainText(plan.registration.clientId, 120)}, ${plan.registration.kind === "configured" ? "as configured" : "by its document"}`)];
  if (plan.kind === "unavailable") return [offered, finding("registration", "bad", profile?.clientHowTo === undefined ? "no client is configured" : `no client is configured; ${profile.clientHowTo}`)];
  const kept = await context.vault.read(registrationKey(server.issuer, redirectUriOf(settings, context), settings.clientName ?? defaultClientName)).catch(() => undefined);
  const { registrationRefused } = await context.memory.read(context.serverUrl);
  if (registrationRefused !== undefined) return [offered, finding("registration", "bad", `it refused mcpass before: ${registrationRefused.message}`)];
  return [offered, finding("registration", "good", kept?.kind === "registration" ? `client ${plainText(kept.registration.clientId, 120)}, registered earlier` : "mcpass would register at the sign-in")];
}

function planOrError(context: AccessContext, { server }: Discovery) {
  try {
    return planClient(context, server, applyProfile(context, server).settings);
  } catch (thrown) {
    return findMcpassError(thrown) ?? new McpassError("internal", "The registration could not be planned.", { cause: thrown });
  }
}

function examineScopes(context: AccessContext, discovery: Discovery, challenge: BearerChallenge | undefined): Finding {
  const { scopes, resource } = askingOf(context, discovery, challenge);
  const { settings } = applyProfile(context, discovery.server);
  const from = settings.scope !== undefined ? "as configured" : (challenge?.scopes.length ?? 0) > 0 ? "from the challenge" : (discovery.resource?.scopes?.length ?? 0) > 0 ? "from the resource metadata" : "";
  const named = scopes.length === 0 ? "none would be asked for; the issuer decides" : `${scopes.map((scope) => plainText(scope, 100)).join(" ")}${from === "" ? "" : `, ${from}`}`;
  return finding("scopes", "good", `${named}; resource ${resource === undefined ? "not sent" : plainText(resource, 200)}`);
}

function examineRedirect(context: AccessContext, { server }: Discovery): Finding {
  const { settings, profile } = applyProfile(context, server);
  const redirectUri = redirectUriOf(settings, context);
  const exact = settings.clientId !== undefined || settings.clientMetadataUrl !== undefined;
  if (refusesRedirect(profile, settings)) return finding("redirect", "bad", `${redirectUri}: ${profile?.title ?? server.issuer} refuses localhost; use 127.0.0.1 (oauth.callbackHost)`);
  return finding("redirect", "good", `${redirectUri}${exact ? ", which must be registered exactly so" : ", or another port when that one is taken"}`);
}
