import type { SignInOptions } from "../access/sign-in-types.ts";
import { findMcpassError, McpassError } from "../base/errors.ts";
import { shellWord } from "../base/shell-word.ts";
import { orCancelled } from "./deadline.ts";
import { scopesOf, type SignInDesk } from "./sign-in-desk.ts";

/** What a sign-in can put right. */
const signInCodes: ReadonlySet<string> = new Set(["sign_in_required", "issuer_changed", "scope_insufficient", "grant_ended", "oauth_unsupported"]);

export interface WithSignIn {
  readonly server: string;
  readonly desk: Pick<SignInDesk, "generation" | "signIn" | "registerInstead">;
  /** undefined: nobody may be asked; the error passes on. */
  readonly options: SignInOptions | undefined;
  /** Who gives up waits no longer; the sign-in goes on for whoever else waits for it. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs an operation, signs in when that is what it needs and may be done, and runs it again: once for each reason, and once more where registering may help (R07), within the budget.
 * The person is waited for between two runs, never inside a request. Throws what the operation threw, or `token_rejected` when a token is
 * refused that was issued a moment ago.
 */
export async function withSignIn<T>(context: WithSignIn, operation: () => Promise<T>): Promise<T> {
  const tried = new Set<string>();
  for (;;) {
    const { generation } = context.desk;
    try {
      return await operation();
    } catch (thrown) {
      const error = findMcpassError(thrown);
      if (error === undefined || !signInCodes.has(error.code)) throw thrown;
      if (!(await putRight(context, error, generation, tried))) throw giveUp(context, error, tried);
    }
  }
}

/** True when the operation is worth another run. */
async function putRight({ desk, options, signal }: WithSignIn, error: McpassError, generation: number, tried: Set<string>): Promise<boolean> {
  const reason = `${error.code} ${[...(scopesOf(error) ?? [])].sort().join(" ")}`;
  // Somebody signed in while this operation was on its way: it may just have come too early.
  const early = desk.generation !== generation && !tried.has("early");
  if (early) {
    tried.add("early");
    return true;
  }
  if (options === undefined || tried.size > 5) return false;
  // R07: signed in, and refused all the same.
  if (tried.has(reason) && !(error.code === "sign_in_required" && (await desk.registerInstead()))) return false;
  const { joined } = await orCancelled(desk.signIn({ because: error, options, asked: "by an operation" }), signal);
  tried.add(joined ? "early" : reason);
  return true;
}

function giveUp({ server, options }: WithSignIn, error: McpassError, tried: ReadonlySet<string>): McpassError {
  if (error.code === "sign_in_required" && tried.has("sign_in_required ")) return tokenRejected(server, error);
  if (options !== undefined || error.hint !== undefined) return error;
  return new McpassError(error.code, error.message, { hint: `mcpass auth ${shellWord(server)}`, cause: error.cause, details: error.details });
}

/** U02: an issuer gave a token, and the server it is for wants none of it. */
export function tokenRejected(server: string, cause: McpassError, hint?: string): McpassError {
  return new McpassError("token_rejected", `${server} refuses the access token that its issuer has just issued: ${cause.message}`, {
    hint: hint ?? "The server and its issuer disagree about the token's audience or scopes; its operator can tell why.",
    cause,
    details: { ...cause.details, server },
  });
}
