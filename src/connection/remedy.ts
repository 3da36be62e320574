import type { SignInExamination } from "../access/examine-sign-in.ts";
import type { McpassError } from "../base/errors.ts";
import { shellWord } from "../base/shell-word.ts";
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

export function remedyFor({ error, fault }: Verdict, signIn: SignInExamination | undefined, server: string): Remedy | undefined {
  if (error === undefined) return undefined;
  const said = error.hint ?? otherwise(error, fault);
  const none = { command: undefined, config: undefined, redirectUri: undefined };
  switch (error.code) {
    case "sign_in_required":
    case "issuer_changed":
      return { ...none, said, command: commandIn(error) ?? `mcpass auth ${shellWord(server)}` };
    case "registration_unavailable":
      return { ...none, said, config: { oauth: { clientId: "…", clientSecret: "{env:CLIENT_SECRET}" } }, redirectUri: signIn?.redirectUri };
    case "oauth_unsupported":
      return { ...none, said, config: { headers: { Authorization: "Bearer {env:API_KEY}" } } };
    default:
      return { ...none, said, command: commandIn(error), config: configIn(error) };
  }
}

/** Where the error itself knows nothing to do. */
function otherwise({ code, details }: McpassError, fault: Verdict["fault"]): string {
  if (code === "unreachable") return "Check the address, and the network, VPN or proxy on the way to it (HTTPS_PROXY, NO_PROXY).";
  if (code === "timed_out" && details["command"] !== undefined) return "Run its command by hand: it must answer on its standard output.";
  if (code === "timed_out") return "Try again in a moment; when it stays so, tell the server's operator.";
  if (fault === "issuer") return "Tell the authorization server's operator what stands above.";
  return fault === "configuration" ? "Correct what stands above in the server's entry." : "Tell the server's operator what stands above.";
}

function commandIn({ hint }: McpassError): string | undefined {
  return /\bmcpass (auth|trust|list|tools|add)\b(?:"[^"\n]*"|'[^'\n]*'|[^,;\n])*/.exec(hint ?? "")?.[0].trim().replace(/[.]$/, "");
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
