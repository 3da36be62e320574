import type { Reply } from "../listener.ts";
import type { ClientVerdict } from "./client-authentication.ts";
import { refuse } from "./issue.ts";
import type { AuthorizationServerState } from "./state.ts";

/** The refusal of a client that is not who it says, or may not use this grant; undefined when all is well. */
export function clientFault({ toggles }: AuthorizationServerState, verdict: ClientVerdict, grantType: string): Reply | undefined {
  if ("refused" in verdict) {
    const [error = "", status = "401"] = verdict.unknown === true ? toggles.unknownClientError.split("-") : ["invalid_client", "401"];
    return refuse({ status: Number(status), error, error_description: error === "invalid_grant" ? "session not found" : verdict.refused });
  }
  const { grantTypes } = verdict.client;
  if (!toggles.checksGrantTypes || grantTypes === undefined || grantTypes.includes(grantType)) return undefined;
  return refuse({ status: 400, error: "unauthorized_client", error_description: `the client is not registered for ${grantType}` });
}
