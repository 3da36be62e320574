import type { McpassError } from "../base/errors.ts";
import { type Policy, requireAllowed } from "../config/policy.ts";
import type { AuthorizationServer } from "../oauth/discover-issuer.ts";
import type { Leg } from "../oauth/outgoing.ts";
import { planRegistration, type RegistrationPlan } from "../oauth/registration.ts";
import type { AccessContext } from "./access-context.ts";
import type { AppliedSettings } from "./applied-profile.ts";

/** Which addresses that a server names may not be asked. Endpoints are named by an issuer that was allowed itself. E04 */
export function forbidsRequest(policy: Policy): (url: string, leg: Leg) => McpassError | undefined {
  return (url, leg) => {
    if (leg === "issuer metadata") return policy.forbidsIssuer(url, false);
    return leg === "resource metadata" && policy.forbidsIssuer(url, false) !== undefined ? policy.forbidsServer(url) : undefined;
  };
}

/** How to become a client there. Throws `forbidden_by_policy` where that would be by registering, and may not be. E04 */
export function planClient({ policy, runtime }: AccessContext, server: AuthorizationServer, settings: AppliedSettings): RegistrationPlan {
  const plan = planRegistration(server, settings, runtime.now());
  if (plan.kind === "dynamic") requireAllowed(policy.forbidsRegistering(server.issuer));
  return plan;
}
