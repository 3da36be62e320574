import type { GrantHead, PendingHead, RecordHead, RegistrationHead } from "./record-head.ts";
import { grantType, identity, link, registrationKind, trouble } from "./record-shape.ts";
import { type Check, fieldsOf, list, Misfit, number, object, oneOf, optional, text, truth } from "./shape.ts";

const grant: Check<GrantHead> = object<GrantHead>({
  kind: oneOf("grant"),
  serverUrl: text,
  account: text,
  identity: optional(identity),
  issuer: text,
  resource: optional(text),
  clientKind: registrationKind,
  clientId: text,
  scopes: list(text),
  grantType,
  live: truth,
  expiresAt: optional(number),
  refreshable: truth,
  bound: truth,
  obtainedAt: number,
  renewedAt: optional(number),
  generation: number,
  trouble: optional(trouble),
  ended: optional(object({ reason: text, at: number, quarantined: truth })),
});

const registration: Check<RegistrationHead> = object<RegistrationHead>({
  kind: oneOf("registration"),
  issuer: text,
  clientKind: registrationKind,
  clientId: text,
  hasSecret: truth,
  redirectUri: optional(text),
  registeredAt: number,
  expiresAt: optional(number),
  deletable: truth,
});

const pending: Check<PendingHead> = object<PendingHead>({
  kind: oneOf("pending"),
  server: text,
  serverUrl: text,
  account: text,
  issuer: text,
  createdAt: number,
  expiresAt: number,
});

const checks: Readonly<Record<string, Check<RecordHead>>> = { grant, link, registration, pending };

/** Throws `Misfit`. */
export function checkHead(value: unknown): RecordHead {
  const { kind } = fieldsOf(value, "head");
  const check = typeof kind === "string" && Object.hasOwn(checks, kind) ? checks[kind] : undefined;
  if (check === undefined) throw new Misfit("head.kind is not grant, link, registration or pending");
  return check(value, "head");
}
