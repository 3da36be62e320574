import { findMcpassError, McpassError } from "../base/errors.ts";
import { showUrl } from "../base/redact.ts";
import { givenForm, type SecretName, secretNames } from "../config/grant-keys.ts";
import { type AccessContext, settingsOf } from "./access-context.ts";
import { type Finding, finding } from "./finding.ts";
import { identityContext } from "./identity.ts";
import { grantSecrets } from "./known-secrets.ts";
import { parsePrivateKey } from "./private-key.ts";
import { readSecret, unfitSecret } from "./read-secret.ts";
import { readGrant } from "./stored-grant.ts";

export interface SecretsExamination {
  readonly findings: readonly Finding[];
  /** Why the first that cannot be had cannot. */
  readonly error: McpassError | undefined;
}

/** Whether every configured secret can be had and is what it should be: programs are run, files read, nothing is sent. What was read is never shown from then on. */
export async function examineSecrets(context: AccessContext): Promise<SecretsExamination> {
  const given = secretNames.filter((name) => givenForm(settingsOf(context), name) !== undefined);
  const examined = await Promise.all(given.map((name) => examineSecret(context, name)));
  const stored = await examineIdentity(context);
  return { findings: [...examined.map(({ found }) => found), ...stored], error: examined.find(({ error }) => error !== undefined)?.error };
}

async function examineSecret(context: AccessContext, name: SecretName): Promise<{ readonly found: Finding; readonly error?: McpassError }> {
  const key = `oauth.${givenForm(settingsOf(context), name) ?? name}`;
  try {
    const text = (await readSecret(context, name)) ?? "";
    if (name === "privateKey") {
      const parsed = parsePrivateKey(text, settingsOf(context).signingAlg);
      if ("problem" in parsed) throw unfitSecret(context, name, parsed.problem);
      return { found: finding("credentials", "good", `${key} gives a key for ${parsed.algorithm}`) };
    }
    const over = name === "assertion" || name === "idToken" ? endOf(text) : undefined;
    if (over === undefined || over > context.runtime.now()) return { found: finding("credentials", "good", `${key} gives it`) };
    return { found: finding("credentials", "bad", `what ${key} gives ended at ${new Date(over).toISOString()}`) };
  } catch (thrown) {
    const error = findMcpassError(thrown) ?? new McpassError("internal", `${key} could not be read.`, { cause: thrown });
    return { found: finding("credentials", "bad", error.message), error };
  }
}

/** Milliseconds since the epoch, of a JWT that says it. */
function endOf(jwt: string): number | undefined {
  try {
    const { exp } = JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString("utf8")) as { readonly exp?: unknown };
    return typeof exp === "number" ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}

/** E03 */
async function examineIdentity(context: AccessContext): Promise<readonly Finding[]> {
  const idp = identityContext(context);
  if (idp === undefined) return [];
  const grant = await readGrant(idp).catch(() => undefined);
  for (const secret of grantSecrets(grant)) context.readSecrets.add(secret);
  const where = `the identity provider ${showUrl(idp.entry.url)}`;
  if (grant?.tokens === undefined) return [finding("credentials", "warning", grant === undefined ? `nobody has signed in at ${where}` : `the sign-in at ${where} has ended (${grant.ended?.reason ?? "no token"})`)];
  return [finding("credentials", grant.tokens.refreshToken === undefined ? "note" : "good", `signed in at ${where}${grant.tokens.refreshToken === undefined ? ", without a refresh token" : ""}`)];
}
