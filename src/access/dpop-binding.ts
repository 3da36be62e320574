import type { DpopKey, Prover } from "../oauth/dpop.ts";
import { type AccessContext, settingsOf } from "./access-context.ts";

/** A key for a new grant, and its thumbprint; undefined where tokens are not to be bound. RFC 9449 */
export async function newBinding(context: AccessContext): Promise<{ readonly key: DpopKey; readonly thumbprint: string } | undefined> {
  if (settingsOf(context).dpop !== true) return undefined;
  const { generateDpopKey, dpopThumbprint } = await import("../oauth/dpop.ts");
  const key = await generateDpopKey();
  return { key, thumbprint: await dpopThumbprint(key) };
}

/** The one prover of a grant's key, which remembers the nonces that servers want. */
export async function proverFor(context: AccessContext, key: DpopKey | undefined): Promise<Prover | undefined> {
  if (key === undefined) return undefined;
  if (context.proving?.key.d !== key.d) context.proving = { key, prover: (await import("../oauth/dpop.ts")).createProver(key, context.runtime.now) };
  return context.proving.prover;
}
