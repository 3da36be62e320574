import { McpassError } from "../base/errors.ts";
import { plainText, showUrl } from "../base/redact.ts";
import { requireHttp } from "./address-guard.ts";
import { deviceGrantType } from "./device-grant-type.ts";
import { scopeOf } from "./machine-grant.ts";
import type { Outgoing } from "./outgoing.ts";
import { postAuthenticated, requestTokens, requireAccepted, type TokenRequest, type TokenResult } from "./token.ts";
import { type DeviceAnswer, readDeviceAnswer } from "./wire.ts";

/** One attempt at another device, from its code to its end. RFC 8628 §3.2 */
export interface DeviceAuthorization {
  readonly deviceCode: string;
  readonly userCode: string;
  /** http(s), to be shown. */
  readonly verificationUri: string;
  /** The same with the code in it; undefined when the issuer gave none. */
  readonly verificationUriComplete: string | undefined;
  readonly expiresAt: number;
  /** Between two polls, at least. */
  readonly intervalMs: number;
}

export interface DeviceRequest extends TokenRequest {
  readonly deviceAuthorizationEndpoint: string;
}

/** Five seconds, where the issuer names no interval. RFC 8628 §3.2 */
const defaultIntervalSeconds = 5;
const defaultLifetimeSeconds = 600;
/** What is named beyond these is a mistake (milliseconds for seconds) or an attempt to wait for ever. */
const mostIntervalSeconds = 60;
const leastIntervalSeconds = 0.05;
const mostLifetimeSeconds = 86_400;

/** A code for a person to type in elsewhere. RFC 8628 §3.1. Throws `token_refused`, `answer_invalid`, `url_insecure` or a network error. H02 */
export async function requestDeviceAuthorization(outgoing: Outgoing, request: DeviceRequest): Promise<DeviceAuthorization> {
  const endpoint = request.deviceAuthorizationEndpoint;
  // The client's name also beside its secret: some issuers read it from the form only.
  const parameters = { client_id: request.client.clientId, ...scopeOf(request) };
  const { answer } = await postAuthenticated(outgoing, "device authorization", { ...request, tokenEndpoint: endpoint, prover: undefined }, parameters);
  const body = requireAccepted(answer, "device authorization", request, []);
  const read = body === undefined ? undefined : readDeviceAnswer(body);
  if (read === undefined) throw new McpassError("answer_invalid", `${showUrl(endpoint)} answered ${answer.status} without a code for another device.`, { details: { leg: "device authorization", url: showUrl(endpoint), status: answer.status } });
  for (const uri of [read.verificationUri, read.verificationUriComplete]) if (uri !== undefined) requireHttp(uri, "device authorization");
  return deviceAuthorizationOf(read, request.now());
}

function deviceAuthorizationOf({ expiresInSeconds = defaultLifetimeSeconds, intervalSeconds = defaultIntervalSeconds, ...read }: DeviceAnswer, now: number): DeviceAuthorization {
  const { deviceCode, verificationUri, verificationUriComplete } = read;
  const seconds = Math.min(mostIntervalSeconds, Math.max(leastIntervalSeconds, intervalSeconds));
  return { deviceCode, userCode: plainText(read.userCode, 60), verificationUri, verificationUriComplete, expiresAt: now + Math.min(mostLifetimeSeconds, expiresInSeconds) * 1000, intervalMs: seconds * 1000 };
}

/** One poll. Throws `token_refused`, whose `details.oauthError` says whether to go on (`authorization_pending`, `slow_down`), or a network error. RFC 8628 §3.4, §3.5 */
export function redeemDeviceCode(outgoing: Outgoing, request: TokenRequest, deviceCode: string): Promise<TokenResult> {
  return requestTokens(outgoing, "token", request, { grant_type: deviceGrantType, device_code: deviceCode }, [deviceCode]);
}
