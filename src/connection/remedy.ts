import type { SignInExamination } from "../access/examine-sign-in.ts";
import type { McpassError } from "../base/errors.ts";
import type { Verdict } from "./verdict.ts";

/** What to do next: a command, or what to write into the server's entry. */
export interface Remedy {
  readonly said: string;
  readonly command: string | undefined;
  /** To be merged into the server's entry. */
  readonly config: Readonly<Record<string, unknown>> | undefined;
  /** The redirect URI to register with the issuer. */
  readonly redirectUri: string | undefined;
}

export function remedyFor({ error }: Verdict, signIn: SignInExamination | undefined, server: string): Remedy | undefined {
  if (error === undefined) return undefined;
  const word = /^[\w.:/@+-]+$/.test(server) ? server : `"${server}"`;
  const said = error.hint ?? "Tell the server's operator what stands above.";
  const none = { command: undefined, config: undefined, redirectUri: undefined };
  switch (error.code) {
    case "sign_in_required":
    case "issuer_changed":
      return { ...none, said, command: commandIn(error) ?? `mcpass auth ${word}` };
    case "registration_unavailable":
      return { ...none, said, config: { oauth: { clientId: "…", clientSecret: "{env:CLIENT_SECRET}" } }, redirectUri: signIn?.redirectUri };
    case "oauth_unsupported":
      return { ...none, said, config: { headers: { Authorization: "Bearer {env:API_KEY}" } } };
    default:
      return { ...none, said, command: commandIn(error), config: configIn(error) };
  }
}

function commandIn({ hint }: McpassError): string | undefined {
  return /\bmcpass (auth|trust|list|tools|add)\b[^,;\n]*/.exec(hint ?? "")?.[0].trim().replace(/[.]$/, "");
}

/** The settings that a hint names, as they are to be written. */
function configIn({ hint }: McpassError): Readonly<Record<string, unknown>> | undefined {
  const text = /"(?:oauth|headers|allowPrivate)": (?:\{.*\}|true|false)/.exec(hint ?? "")?.[0];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(`{ ${text} }`) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
