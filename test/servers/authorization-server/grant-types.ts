import type { ExtraGrant } from "./grant-toggles.ts";

/** `grant_type` by the toggles' name. */
export const grantTypes: Record<ExtraGrant, string> = {
  device: "urn:ietf:params:oauth:grant-type:device_code",
  "client-credentials": "client_credentials",
  "jwt-bearer": "urn:ietf:params:oauth:grant-type:jwt-bearer",
  "token-exchange": "urn:ietf:params:oauth:grant-type:token-exchange",
};

export const idJagType = "urn:ietf:params:oauth:token-type:id-jag";
