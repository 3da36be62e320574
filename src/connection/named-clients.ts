import type { ClientView } from "../access/clients.ts";
import { canonicalServerUrl } from "../oauth/resource.ts";
import type { ServerState, Shared } from "./server-state.ts";

/** A stored client with the configured servers it is for: signed in with it, or last seen at its issuer. */
export interface NamedClient extends ClientView {
  readonly servers: readonly string[];
}

export async function readClients({ vault, memory }: Shared, states: readonly ServerState[]): Promise<readonly NamedClient[]> {
  const { listClients } = await import("../access/clients.ts");
  const places = await Promise.all(
    states.flatMap(({ configured: { name, entry } }) => {
      if (entry?.type !== "remote") return [];
      const url = canonicalServerUrl(entry.url);
      return [memory.read(url).then(({ issuer }) => ({ name, url, issuer }))];
    }),
  );
  return (await listClients(vault)).map((client) => ({
    ...client,
    servers: places.filter(({ url, issuer }) => client.serverUrls.includes(url) || (client.key !== undefined && issuer === client.issuer)).map(({ name }) => name),
  }));
}
