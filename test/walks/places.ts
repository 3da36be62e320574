import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { expectNowhere } from "../rig/canary.ts";
import type { Walk } from "../rig/walk.ts";
import type { AuthorizationServer } from "../servers/authorization-server.ts";

/** Where grants are kept, sealed. */
export function vaultDirectory(walk: Walk): string {
  return join(walk.home.directory, "data", "vault");
}

/** Every file of the vault's records by its name, to compare before and after; empty when there is none. */
export async function vaultFiles(walk: Walk): Promise<Readonly<Record<string, string>>> {
  return textsIn(vaultDirectory(walk), (path) => !path.startsWith("vault."));
}

/** The texts of the home: configuration, vault, state, cache and whatever else the program wrote. What the test's own browser wrote is left out. */
export async function homeTexts(walk: Walk): Promise<Readonly<Record<string, string>>> {
  return textsIn(walk.home.directory, (path) => !/^(pages|held)-|\.calls$/.test(path));
}

/**
 * The issuer's secrets are with the issuer only, and sealed in the vault; an access token also at the servers it is for.
 * Nothing of them was printed, and none stands readable in any file. S01
 */
export async function expectKept(walk: Walk, issuer: Pick<AuthorizationServer, "secrets">, { issuers = ["issuer"], servers = ["resource"] }: { issuers?: readonly string[]; servers?: readonly string[] } = {}): Promise<void> {
  const texts = { printed: walk.printed(), ...(await homeTexts(walk)) };
  const tokens = issuer.secrets("access-token");
  const others = issuer.secrets().filter((secret) => !tokens.includes(secret));
  if (tokens.length > 0) expectNowhere(tokens, { ledger: walk.ledger, except: [...issuers, ...servers], texts });
  expectNowhere(others, { ledger: walk.ledger, except: issuers, texts });
}

/** A secret of the configuration: it may stand in the configuration file and go to `servers`, and nowhere else. */
export async function expectOnlyAt(walk: Walk, secrets: readonly string[], servers: readonly string[]): Promise<void> {
  const kept = Object.fromEntries(Object.entries(await homeTexts(walk)).filter(([path]) => !path.startsWith("config")));
  expectNowhere(secrets, { ledger: walk.ledger, except: servers, texts: { printed: walk.printed(), ...kept, ...(await vaultFiles(walk)) } });
}

async function textsIn(directory: string, wanted: (path: string) => boolean): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => relative(directory, join(entry.parentPath, entry.name)));
  return Object.fromEntries(await Promise.all(files.filter(wanted).map(async (path) => [path, await readFile(join(directory, path), "utf8").catch(() => "")] as const)));
}
