import type { JSONWebKeySet } from "jose";
import type { NonceRule } from "../dpop.ts";
import type { Scripted } from "../answers.ts";
import type { TokenAnswer } from "./toggles.ts";

/** Beyond authorization_code and refresh_token, which are always there. */
export type ExtraGrant = "device" | "client-credentials" | "jwt-bearer" | "token-exchange";

export type DeviceAnswer =
  | "as-decided" // what a person did at /device, and by the clock
  | "pending"
  | "slow-down" // and the interval is 5 s longer from then on
  | "denied"
  | "expired"
  | "approved"; // whether a person was there or not

/** Whose assertions a jwt-bearer grant takes: `iss`, and the keys they are checked with. */
export interface TrustedIssuer {
  readonly issuer: string;
  readonly jwks: JSONWebKeySet;
}

/** issuer: `aud` must be the issuer; token-endpoint: its URL; either: any of the two. */
export type AudienceRule = "issuer" | "token-endpoint" | "either";

export interface GrantToggles {
  /** Advertised and answered. */
  grants: ExtraGrant[];
  /** What the token endpoint answers to these grants. */
  machineAnswer: Scripted<TokenAnswer>;
  /** A registered client may use only its registered grant_types (RFC 7591: authorization_code when it named none). */
  checksGrantTypes: boolean;
  /** A code flow with `openid` answers an id_token, signed with the key of `jwks()`; unasked: without it too. */
  idTokens: boolean | "unasked";
  idTokenSeconds: number;
  /** False: a renewal answers none. OpenID Connect Core §12.2 */
  idTokensOnRenewal: boolean;

  /** The device authorization endpoint's own answer. */
  deviceEndpoint: Scripted<"ok" | "unauthorized-client" | "failing" | "html">;
  deviceAnswer: Scripted<DeviceAnswer>;
  /** Undefined leaves it out (5 s are meant). */
  deviceIntervalSeconds: number | undefined;
  /** True: a poll that comes too early is answered with slow_down. */
  deviceEnforcesInterval: boolean;
  deviceLifetimeSeconds: number;
  deviceCompleteUri: boolean;
  /** verification_url: as Google once called it. */
  deviceUriField: "verification_uri" | "verification_url";

  /** private_key_jwt (RFC 7523 §2.2), with keys from the registration's `jwks` or the pre-registered client's. */
  clientAssertion: "off" | "accepted" | "required";
  clientAssertionAudience: AudienceRule;
  /** The assertions of the jwt-bearer grant. */
  grantAssertionAudience: AudienceRule;
  /** Of both kinds: the same `jti` twice is refused. */
  refusesReplays: boolean;
  trustedIssuers: TrustedIssuer[];
  /** id-jag: the header's `typ` is oauth-id-jag+jwt, `client_id` is the client that sends it, `resource` is `expectedResource` if that is set. */
  grantAssertionType: "any" | "id-jag";
  /** Must the client authenticate (or name itself) beside a jwt-bearer assertion? Undecided by RFC 7521 §4.1; an ID-JAG always needs it. */
  grantAssertionClient: "needed" | "not-needed";

  /** As an identity provider (RFC 8693 to an ID-JAG): the authorization servers and resources it issues for. Empty: any. */
  exchangeAudiences: string[];
  exchangeResources: string[];
  exchangePolicy: "allow" | "deny";
  /** The client's name at the resource's authorization server, by its name here; the same unless given. */
  exchangeClientIds: Record<string, string>;

  /** accepted: who shows a proof gets a bound token, others a Bearer; required: no token without a proof. */
  dpop: "off" | "accepted" | "required";
  dpopNonce: NonceRule;
  /** How far a proof's `iat` may be from now. */
  dpopSkewSeconds: number;
}

export function defaultGrantToggles(): GrantToggles {
  return {
    grants: [],
    machineAnswer: "json",
    checksGrantTypes: false,
    idTokens: false,
    idTokenSeconds: 300,
    idTokensOnRenewal: true,
    deviceEndpoint: "ok",
    deviceAnswer: "as-decided",
    deviceIntervalSeconds: undefined,
    deviceEnforcesInterval: true,
    deviceLifetimeSeconds: 600,
    deviceCompleteUri: true,
    deviceUriField: "verification_uri",
    clientAssertion: "off",
    clientAssertionAudience: "either",
    grantAssertionAudience: "either",
    refusesReplays: true,
    trustedIssuers: [],
    grantAssertionType: "any",
    grantAssertionClient: "not-needed",
    exchangeAudiences: [],
    exchangeResources: [],
    exchangePolicy: "allow",
    exchangeClientIds: {},
    dpop: "off",
    dpopNonce: "off",
    dpopSkewSeconds: 60,
  };
}
