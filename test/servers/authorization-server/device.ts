import { randomInt } from "node:crypto";
import { next } from "../answers.ts";
import { html, json, text, type Asked, type Reply } from "../listener.ts";
import { authenticateClient } from "./client-authentication.ts";
import { clientFault } from "./client-faults.ts";
import { grantTypes } from "./grant-types.ts";
import { invalidGrant, issueFirst, refuse, type GrantRequest, type Outcome, type Refusal } from "./issue.ts";
import type { AuthorizationServerState } from "./state.ts";
import { randomName, words, type DeviceGrant } from "./store.ts";

/** RFC 8628 §3.1 and §3.2. */
export async function answerDeviceAuthorization(state: AuthorizationServerState, asked: Asked): Promise<Reply> {
  const { store, toggles } = state;
  const kind = next(toggles.deviceEndpoint);
  if (kind === "failing") return text(500, "Internal Server Error");
  if (kind === "html") return html(200, "<h1>Welcome</h1>");
  const form = new URLSearchParams(asked.body);
  const verdict = await authenticateClient(state, asked, form);
  const fault = kind === "unauthorized-client" ? refuse({ status: 400, error: "unauthorized_client" }) : clientFault(state, verdict, grantTypes.device);
  if (fault !== undefined || "refused" in verdict) return fault ?? text(500, "");
  const scope = form.get("scope") ?? undefined;
  const refused = words(scope).filter((word) => toggles.refusedScopes.includes(word));
  if (refused.length > 0) return refuse({ status: 400, error: "invalid_scope", error_description: `not allowed: ${refused.join(" ")}` });
  const deviceCode = randomName("device");
  const device: DeviceGrant = {
    userCode: newUserCode(),
    approval: {
      clientId: verdict.clientId,
      redirectUri: "",
      codeChallenge: "",
      scope: toggles.grantedScope ?? scope,
      resource: form.get("resource") ?? undefined,
      audience: form.get("audience") ?? undefined,
      subject: "alice",
      renewable: toggles.refreshTokens === "always" || (toggles.refreshTokens === "offline-scope" && words(scope).includes("offline_access")),
    },
    expiresAt: Date.now() + toggles.deviceLifetimeSeconds * 1000,
    state: "pending",
    intervalSeconds: toggles.deviceIntervalSeconds ?? 5,
    polledAt: 0,
  };
  store.devices.set(deviceCode, device);
  store.secrets.push({ kind: "device-code", value: deviceCode });
  return json(200, answerOf(state, deviceCode, device), { "cache-control": "no-store" });
}

/** RFC 8628 §3.3: with a `user_code` the person has decided, by `approval` of the toggles; without one they are asked for it. */
export function answerDevicePage({ store, toggles }: AuthorizationServerState, asked: Asked): Reply {
  const typed = asked.query.get("user_code") ?? new URLSearchParams(asked.body).get("user_code");
  if (typed === null) return html(200, '<form method="post"><input type="text" name="user_code"><button>Continue</button></form>');
  const bare = (code: string): string => code.toUpperCase().replaceAll(/[^A-Z]/g, "");
  const device = [...store.devices.values()].find(({ userCode }) => bare(userCode) === bare(typed));
  if (device?.state !== "pending" || device.expiresAt <= Date.now()) return html(200, "<p>That code is not valid.</p>");
  if (toggles.approval === "page") return html(200, "<p>Please wait for your administrator.</p>");
  device.state = toggles.approval === "deny" ? "denied" : "approved";
  return html(200, "<p>You may close this window.</p>");
}

/** RFC 8628 §3.5. */
export function redeemDevice(state: AuthorizationServerState, { form, clientId, jkt }: GrantRequest): Outcome {
  const device = state.store.devices.get(form.get("device_code") ?? "");
  if (device === undefined || device.state === "used") return invalidGrant("the device code is unknown or used");
  if (device.approval.clientId !== clientId) return invalidGrant("the device code belongs to another client");
  const problem = problemOf(state, device);
  device.polledAt = Date.now();
  if (problem !== undefined) return problem;
  device.state = "used";
  return issueFirst(state, { ...device.approval, resource: form.get("resource") ?? device.approval.resource, jkt });
}

function problemOf({ toggles }: AuthorizationServerState, device: DeviceGrant): Refusal | undefined {
  const told = next(toggles.deviceAnswer);
  if (told === "approved") return undefined;
  const early = toggles.deviceEnforcesInterval && Date.now() - device.polledAt < device.intervalSeconds * 1000 - 20;
  if (told === "slow-down" || (told === "as-decided" && device.expiresAt > Date.now() && device.state === "pending" && early)) {
    device.intervalSeconds += 5;
    return { status: 400, error: "slow_down" };
  }
  if (told === "expired" || (told === "as-decided" && device.expiresAt <= Date.now())) return { status: 400, error: "expired_token" };
  if (told === "denied" || (told === "as-decided" && device.state === "denied")) return { status: 400, error: "access_denied", error_description: "The user said no" };
  return told === "pending" || device.state === "pending" ? { status: 400, error: "authorization_pending" } : undefined;
}

function answerOf(state: AuthorizationServerState, deviceCode: string, { userCode }: DeviceGrant): Record<string, unknown> {
  const { toggles } = state;
  const page = `${toggles.endpointOrigin ?? state.origin}/device`;
  return {
    device_code: deviceCode,
    user_code: userCode,
    [toggles.deviceUriField]: page,
    ...(toggles.deviceCompleteUri ? { verification_uri_complete: `${page}?user_code=${userCode}` } : {}),
    expires_in: toggles.deviceLifetimeSeconds,
    interval: toggles.deviceIntervalSeconds,
  };
}

/** RFC 8628 §6.1: consonants only. */
function newUserCode(): string {
  const letters = Array.from({ length: 8 }, () => "BCDFGHJKLMNPQRSTVWXZ"[randomInt(20)]).join("");
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}
