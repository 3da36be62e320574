import type { Access } from "../access/access.ts";
import type { AuthorizationNotice, SignInOptions } from "../access/sign-in-types.ts";
import type { FinishRequest } from "../access/split-sign-in.ts";
import type { McpassError } from "../base/errors.ts";
import type { Grant } from "../vault/vault-record.ts";
import type { AuthorizationBudget } from "./authorization-budget.ts";

export type AccessSignIn = Awaited<ReturnType<Access["signIn"]>>;

export interface SignInRequest {
  /** The error that called for it; undefined when the person did. */
  readonly because: McpassError | undefined;
  readonly options: SignInOptions;
  /** Throws `because` when the budget is spent. */
  readonly asked: "by the person" | "by an operation";
}

/** Where everything that needs a sign-in at one server queues up: one at a time, the others wait for it and take its outcome. C08 */
export interface SignInDesk {
  /** Counts the sign-ins that went well. */
  readonly generation: number;
  /** `joined`: another sign-in was under way, and this is its outcome; whoever joins is shown its address too. */
  signIn(request: SignInRequest): Promise<{ readonly outcome: AccessSignIn; readonly joined: boolean }>;
  /** See `Access.registerInstead`. */
  registerInstead(): Promise<boolean>;
  /** The second half of a sign-in that another process started. */
  finish(request: FinishRequest): Promise<Grant>;
}

/** `onSignedIn` runs before anybody who waits goes on; `stepUp` when only the scopes grew. */
export function createSignInDesk(options: { server: string; access: Access; budget: AuthorizationBudget; onSignedIn: (stepUp: boolean) => Promise<void> }): SignInDesk {
  const { server, access, budget, onSignedIn } = options;
  let generation = 0;
  let underWay: Promise<AccessSignIn> | undefined;
  let shown: AuthorizationNotice | undefined;
  const joiners = new Set<SignInOptions["onAuthorization"]>();
  const show = async (notice: AuthorizationNotice, { onAuthorization }: SignInOptions): Promise<void> => {
    shown = notice;
    for (const joiner of joiners) void tell(joiner, notice);
    await onAuthorization(notice);
  };
  const join = async (outcome: Promise<AccessSignIn>, { onAuthorization }: SignInOptions): Promise<AccessSignIn> => {
    joiners.add(onAuthorization);
    if (shown !== undefined) void tell(onAuthorization, shown);
    return outcome.finally(() => joiners.delete(onAuthorization));
  };
  const run = async ({ because, options: signIn }: SignInRequest): Promise<AccessSignIn> => {
    const scopes = scopesOf(because);
    const outcome = await access.signIn({ ...signIn, onAuthorization: (notice) => show(notice, signIn), ...(because === undefined ? {} : { because }), ...(scopes === undefined ? {} : { scopes }) });
    generation += 1;
    if (outcome.kind === "signed-in") await onSignedIn(scopes !== undefined);
    return outcome;
  };
  return {
    get generation() {
      return generation;
    },
    signIn: async (request) => {
      if (underWay !== undefined) return { outcome: await join(underWay, request.options), joined: true };
      if (request.asked === "by the person") budget.count(server);
      else if (!budget.take(server, scopesOf(request.because)) && request.because !== undefined) throw request.because;
      underWay = run(request).finally(() => (underWay = shown = undefined));
      return { outcome: await underWay, joined: false };
    },
    registerInstead: () => access.registerInstead(),
    finish: async (request) => {
      const grant = await access.finishSignIn(request);
      generation += 1;
      await onSignedIn(false);
      return grant;
    },
  };
}

/** What one who joined does with it is no affair of the sign-in. */
async function tell(joiner: SignInOptions["onAuthorization"], notice: AuthorizationNotice): Promise<void> {
  try {
    await joiner(notice);
  } catch {
    // Whoever began it was told, and decides.
  }
}

/** The scopes of a step-up; undefined for any other reason to sign in. */
export function scopesOf(error: McpassError | undefined): readonly string[] | undefined {
  if (error?.code !== "scope_insufficient") return undefined;
  const { scopes } = error.details;
  return Array.isArray(scopes) ? scopes.filter((scope) => typeof scope === "string") : [];
}
