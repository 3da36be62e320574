import type { AdoptOptions } from "./manager-types.ts";
import { findMcpassError, type McpassError } from "../base/errors.ts";
import { grantHeadOf } from "../vault/record-head.ts";
import { type GrantView, viewGrant } from "./grant-view.ts";
import { lookAt } from "./look-server.ts";
import type { ServerState, Shared } from "./server-state.ts";

/** What became of another program's sign-in. */
export type AdoptResult =
  /** `failure`: it is stored, but it was not renewed (`grant.state` says whether it ever will be), or the server did not take its token. */
  | { readonly kind: "adopted"; readonly grant: GrantView; readonly failure: McpassError | undefined }
  | { readonly kind: "already-signed-in"; readonly grant: GrantView }
  | { readonly kind: "declined" };

/** Another program's sign-in, made this vault's and tried out. */
export async function adoptAndVerify(shared: Shared, state: ServerState, { account, ...request }: AdoptOptions): Promise<AdoptResult> {
  const door = await state.door(account);
  const outcome = await door.access.adopt(request);
  if (outcome.kind === "declined") return outcome;
  const grant = viewGrant(grantHeadOf(outcome.grant), shared.runtime.now(), state.configured.name);
  if (outcome.kind === "already-signed-in") return { kind: outcome.kind, grant };
  await state.refreshGrant();
  const failure = outcome.failure ?? (await lookAt(shared, state, door, request.signal).then(() => undefined, (thrown: unknown) => findMcpassError(thrown)));
  return { kind: "adopted", grant, failure };
}
