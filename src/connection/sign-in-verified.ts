import type { FinishRequest } from "../access/split-sign-in.ts";
import type { SignInOptions as AccessSignInOptions } from "../access/sign-in-types.ts";
import { findMcpassError, McpassError } from "../base/errors.ts";
import { shellWord } from "../base/shell-word.ts";
import { grantHeadOf } from "../vault/record-head.ts";
import type { Grant } from "../vault/vault-record.ts";
import type { Connections } from "./connections.ts";
import { type GrantView, viewGrant } from "./grant-view.ts";
import { lookAt } from "./look-server.ts";
import type { Door, ServerState, Shared } from "./server-state.ts";
import { tokenRejected } from "./with-sign-in.ts";

/** How a sign-in went well. */
export type ManagerSignIn =
  /** `verified`: the server took the token. False when it could not be asked; a warning says why. */
  | { readonly kind: "signed-in"; readonly grant: GrantView; readonly verified: boolean; readonly tools: number | undefined }
  | { readonly kind: "already-signed-in"; readonly grant: GrantView }
  | { readonly kind: "not-needed" };

interface Desk {
  readonly shared: Shared;
  readonly connections: Connections;
  readonly state: ServerState;
}

/** Refusals that mean: this token is not good here. */
const refusals: ReadonlySet<string> = new Set(["sign_in_required", "registration_unavailable", "issuer_changed", "grant_ended", "oauth_unsupported", "header_refused"]);

/** Success is claimed only for a grant that the server accepts; the access floor has read it back from the vault. U02 */
export async function signInAndVerify(context: Desk, { account, ...options }: AccessSignInOptions & { account?: string | undefined }): Promise<ManagerSignIn> {
  const { state } = context;
  const door = await state.door(account);
  // What this manager was told when access was refused spares asking again.
  const said = account === undefined && state.cell.status === "needs_auth" ? state.cell.error : undefined;
  const because = said !== undefined && (refusals.has(said.code) || said.code === "scope_insufficient") ? said : undefined;
  const { outcome } = await door.desk.signIn({ because, options, asked: "by the person" });
  if (outcome.kind === "not-needed") {
    // Nothing was asked of the server so far: a configured header that it refuses is no reason to say that all is well. X02
    if (door.access.hasStaticCredential) await tryOut(context, door);
    return outcome;
  }
  if (outcome.kind === "already-signed-in" && options.force !== true) return alreadySignedIn(context, door, options, outcome.grant);
  return verified(context, door, options, outcome.grant);
}

/** The second half of a sign-in, in another process than the first; the same success is claimed, for the same reasons. H01, H05 */
export async function finishAndVerify(context: Desk, { account, onNotice, ...request }: FinishRequest & { account?: string | undefined; onNotice?: ((message: string) => void) | undefined }): Promise<ManagerSignIn> {
  const { state } = context;
  const first = await state.door(account);
  const door = account === undefined ? await state.door((await first.access.started(request.redirect)).account) : first;
  return verified(context, door, { onNotice }, await door.desk.finish(request));
}

/** A stored grant that the server refuses is no sign-in, whatever its expiry says. */
async function alreadySignedIn(context: Desk, door: Door, options: AccessSignInOptions, grant: Grant): Promise<ManagerSignIn> {
  const refusal = await tryOut(context, door).then(
    () => undefined,
    (thrown: unknown) => findMcpassError(thrown),
  );
  if (refusal === undefined || !refusals.has(refusal.code)) return { kind: "already-signed-in", grant: view(context, (await door.access.grant()) ?? grant) };
  // Not `force`: that would also take another token endpoint on trust, which is for the person to say. Z03
  const { outcome } = await door.desk.signIn({ because: refusal, options, asked: "by the person" });
  return outcome.kind === "not-needed" ? outcome : verified(context, door, options, outcome.grant);
}

/** Without `onAuthorization` nobody can be asked again. */
type VerifyOptions = Partial<AccessSignInOptions>;

async function verified(context: Desk, door: Door, options: VerifyOptions, issued: Grant): Promise<ManagerSignIn> {
  const { name } = context.state.configured;
  try {
    const tools = await tryOut(context, door);
    return { kind: "signed-in", grant: view(context, (await door.access.grant()) ?? issued), verified: true, tools };
  } catch (thrown) {
    const error = findMcpassError(thrown) ?? new McpassError("internal", `Verifying the sign-in to ${name} failed.`, { cause: thrown });
    if (error.code === "cancelled" || error.code === "token_rejected") throw error;
    if (refusals.has(error.code)) return registeredInstead(context, door, options, error);
    options.onNotice?.(`The sign-in is stored, but ${name} could not be asked whether it accepts it: ${error.message}`);
    return { kind: "signed-in", grant: view(context, issued), verified: false, tools: undefined };
  }
}

/** R07: once more as a client that registers, where the one by document is refused; `registerInstead` says yes only once. */
async function registeredInstead(context: Desk, door: Door, options: VerifyOptions, refusal: McpassError): Promise<ManagerSignIn> {
  const { name } = context.state.configured;
  if (!(await door.access.registerInstead())) throw tokenRejected(name, refusal);
  const { onAuthorization } = options;
  if (onAuthorization === undefined) throw tokenRejected(name, refusal, `Start again (mcpass auth ${shellWord(name)} --start --force): mcpass then registers instead of showing its client metadata document.`);
  const { outcome } = await door.desk.signIn({ because: refusal, options: { ...options, onAuthorization }, asked: "by the person" });
  return outcome.kind === "not-needed" ? outcome : verified(context, door, options, outcome.grant);
}

/** One authenticated exchange: over the connection when there is one, which lists anew then (X07), else by a look. Gives the number of tools. */
async function tryOut({ shared, connections, state }: Desk, door: Door): Promise<number | undefined> {
  const { name } = state.configured;
  if (connections.isOpen(name) && door === (await state.door())) {
    const connection = await connections.open(state, {});
    try {
      return (await connection.listTools()).length;
    } finally {
      await connection.close();
    }
  }
  const sight = await lookAt(shared, state, door, undefined);
  return sight.tools;
}

function view({ shared, state }: Desk, grant: Grant): GrantView {
  return viewGrant(grantHeadOf(grant), shared.runtime.now(), state.configured.name);
}
