import { McpassError } from "../base/errors.ts";
import { readReferencedFile } from "../config/referenced-file.ts";
import type { ClientCredentials } from "../oauth/client-authentication.ts";
import type { Registration } from "../oauth/registration.ts";
import { type AccessContext, settingsOf } from "./access-context.ts";

/**
 * What a client proves itself with: the secret as it is configured now, else as it was issued, and the key where one is configured. The key's file is read for
 * each request that needs it, so a replaced key is used at once. `assertion` throws `file_reference_unreadable`. RFC 7523 §2.2
 */
export function credentialsOf(context: AccessContext, registration: Registration): ClientCredentials {
  const settings = settingsOf(context);
  const { clientId, issuer, tokenEndpointAuthMethod } = registration;
  const clientSecret = settings.clientId === clientId ? settings.clientSecret : registration.clientSecret;
  const { privateKeyFile } = settings;
  const client = { clientId, clientSecret, tokenEndpointAuthMethod };
  if (privateKeyFile === undefined || registration.kind === "dynamic") return client;
  return {
    ...client,
    assertion: async () => {
      const text = await readCredentialFile(context, "privateKeyFile", privateKeyFile);
      const [{ parsePrivateKey }, { signClientAssertion }] = await Promise.all([import("./private-key.ts"), import("../oauth/client-assertion.ts")]);
      const signing = parsePrivateKey(text, settings.signingAlg);
      if ("problem" in signing) throw unusable(context, "privateKeyFile", privateKeyFile, signing.problem);
      return signClientAssertion({ ...signing, clientId, audience: settings.assertionAudience ?? issuer, now: context.runtime.now() });
    },
  };
}

/** The text of a file that holds a credential. Throws `file_reference_unreadable`, which names the file and never its content. */
export async function readCredentialFile(context: AccessContext, key: "privateKeyFile" | "assertionFile" | "idTokenFile", file: string): Promise<string> {
  const read = await readReferencedFile(file);
  if (read.problem === undefined) return read.text;
  throw unusable(context, key, file, read.problem, read.cause);
}

function unusable(context: AccessContext, key: string, file: string, problem: string, cause?: unknown): McpassError {
  return new McpassError("file_reference_unreadable", `The file ${file}, which oauth.${key} of ${context.name} names, ${problem}.`, { hint: `Make ${file} what it should be, or change oauth.${key}.`, cause, details: { server: context.name, reference: file } });
}
