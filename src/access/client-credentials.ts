import type { ClientCredentials } from "../oauth/client-authentication.ts";
import type { Registration } from "../oauth/registration.ts";
import { type AccessContext, settingsOf } from "./access-context.ts";
import { hasSecret, readSecret, unfitSecret } from "./read-secret.ts";

/**
 * What a client proves itself with: the secret as it is configured now, else as it was issued, and the key where one is configured. A key is read for each
 * request that needs it, so a replaced one is used at once. Both throw as `readSecret` does. RFC 7523 §2.2
 */
export async function credentialsOf(context: AccessContext, registration: Registration): Promise<ClientCredentials> {
  const settings = settingsOf(context);
  const { clientId, issuer, tokenEndpointAuthMethod } = registration;
  const byKey = hasSecret(context, "privateKey") && registration.kind !== "dynamic";
  // A key comes before a secret, and a program is not run for what nobody sends.
  const sendsSecret = !byKey || tokenEndpointAuthMethod === "client_secret_basic" || tokenEndpointAuthMethod === "client_secret_post";
  const configured = settings.clientId === clientId && sendsSecret ? await readSecret(context, "clientSecret") : undefined;
  const clientSecret = settings.clientId === clientId ? configured : registration.clientSecret;
  const client = { clientId, clientSecret, tokenEndpointAuthMethod };
  if (!byKey) return client;
  return {
    ...client,
    assertion: async () => {
      const text = (await readSecret(context, "privateKey")) ?? "";
      const [{ parsePrivateKey }, { signClientAssertion }] = await Promise.all([import("./private-key.ts"), import("../oauth/client-assertion.ts")]);
      const signing = parsePrivateKey(text, settings.signingAlg);
      if ("problem" in signing) throw unfitSecret(context, "privateKey", signing.problem);
      return signClientAssertion({ ...signing, clientId, audience: settings.assertionAudience ?? issuer, now: context.runtime.now() });
    },
  };
}
