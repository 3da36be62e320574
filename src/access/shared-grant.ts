import { splitScopes } from "../oauth/challenge.ts";
import type { Discovery } from "../oauth/discovery.ts";
import { machineGrants } from "../config/server-entry.ts";
import type { Grant } from "../vault/vault-record.ts";
import { type AccessContext, machineOf, settingsOf } from "./access-context.ts";
import { chooseAsking } from "./authorize.ts";
import { type HeldGrant, linkGrant, listGrants, recordedGrant, serves } from "./stored-grant.ts";

/** What was obtained for another URL and may be this one's too; asks nobody, opens nothing. Most servers have none. */
export async function mayShare(context: AccessContext): Promise<readonly HeldGrant[]> {
  if (machineOf(context) !== undefined) return [];
  const { origin } = new URL(context.serverUrl);
  const grants = await listGrants(context.vault);
  return grants.filter(({ head }) => head.live && head.account === context.account && sameOrigin(head.resource, origin) && !machineGrants.some((machine) => machine === head.grantType));
}

/**
 * Links this server to a grant that another one's sign-in obtained: for the issuer and the resource that this server's own metadata names, by the client that
 * would be used here, and for every scope that is configured here. undefined: there is none. Throws as the vault does. U05, S06
 */
export async function shareGrant(context: AccessContext, { server, resource }: Discovery): Promise<Grant | undefined> {
  if ((await recordedGrant(context)) !== undefined) return undefined;
  const { clientId, scope } = settingsOf(context);
  const asked = chooseAsking(context, { server, resource } as Discovery, { challenged: [], held: [] }, {}).resource;
  if (asked === undefined || asked !== resource?.resource) return undefined;
  const found = (await mayShare(context)).find(({ head }) => {
    const sameClient = clientId === undefined ? head.clientKind !== "configured" : head.clientId === clientId;
    return head.issuer === server.issuer && head.resource === asked && sameClient && splitScopes(scope ?? "").every((word) => head.scopes.includes(word));
  });
  if (found === undefined) return undefined;
  const grant = await context.vault.read(found.key);
  if (grant?.kind !== "grant" || !serves(context, grant)) return undefined;
  await linkGrant(context, found.key);
  return grant;
}

function sameOrigin(resource: string | undefined, origin: string): boolean {
  return resource !== undefined && URL.canParse(resource) && new URL(resource).origin === origin;
}
