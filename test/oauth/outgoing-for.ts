import type { Fetch, Runtime } from "../../src/base/runtime.ts";
import { createOutgoing, type Outgoing } from "../../src/oauth/outgoing.ts";
import { createHttpFetch } from "../../src/surfaces/node/http-fetch.ts";
import { lookupHost } from "../../src/surfaces/node/lookup-host.ts";

export type World = Pick<Runtime, "fetch" | "lookup">;

/** The protocol floor's way out for one server, over the real fetch and the real resolver unless another world is given. */
export function outgoingFor(serverUrl: string, options: { allowPrivate?: boolean; world?: World } = {}): Outgoing {
  return createOutgoing({ runtime: options.world ?? { fetch: createHttpFetch(), lookup: lookupHost }, serverUrl, allowPrivate: options.allowPrivate ?? false });
}

/**
 * A world in which each name stands for these addresses, and in which `https://name` is served by the loopback origin given for it.
 * Every other URL goes to the real fetch as it is, so that what the guard lets through does arrive.
 */
export function worldOf(names: Readonly<Record<string, { readonly addresses: readonly string[]; readonly servedBy?: string }>>): World {
  const real = createHttpFetch();
  const fetch: Fetch = (url, init) => {
    const target = new URL(url);
    const origin = names[target.hostname]?.servedBy;
    if (origin === undefined) return real(url, init);
    const { addresses: _checked, ...rest } = init ?? {};
    return real(`${origin}${target.pathname}${target.search}`, rest);
  };
  const lookup = async (hostname: string): Promise<readonly string[]> => names[hostname]?.addresses ?? lookupHost(hostname);
  return { fetch, lookup };
}
