import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { describeCause } from "../../base/errors.ts";
import type { Runtime } from "../../base/runtime.ts";
import { shellWord } from "../../base/shell-word.ts";
import { homeDirectory } from "../expand.ts";
import type { ForeignClient, ForeignLogin, ForeignStore, ForeignTokens } from "./foreign-login.ts";
import { instantOf, type Members, readMembers, readPrivateFile, scopesOf, textOf } from "./read-private-file.ts";

const layout = "mcp-remote-v1";
const tokensFile = /^([0-9a-f]{32})_tokens\.json$/;

/**
 * What mcp-remote keeps: under `~/.mcp-auth` or MCP_REMOTE_CONFIG_DIR a directory per layout (`mcp-remote-v1` is the one that is known), in it
 * `<md5 of the server's address>_tokens.json` (an OAuth answer, with `expires_at` in milliseconds) and `…_client_info.json` of a client that it registered. No address stands there,
 * and a client that was given on its command line neither. Reads only. Never throws.
 */
export async function readMcpRemoteLogins(runtime: Runtime): Promise<ForeignStore> {
  const base = runtime.environment["MCP_REMOTE_CONFIG_DIR"] || join(homeDirectory(runtime), ".mcp-auth");
  const directory = join(base, layout);
  const store = { places: [directory], registrations: [] };
  const [layouts, files] = await Promise.all([names(base), names(directory)]);
  const others = layouts.names.filter((name) => name.startsWith("mcp-remote-") && name !== layout);
  const problems = [
    ...[layouts.problem, files.problem].flatMap((problem) => problem ?? []),
    ...others.map((name) => `${join(base, name)} has another layout than ${layout}, the one that is known; it was not read`),
  ];
  const logins: ForeignLogin[] = [];
  for (const name of files.names) {
    const hash = tokensFile.exec(name)?.[1];
    if (hash === undefined) continue;
    const read = await readLogin(directory, hash);
    problems.push(...read.problems);
    if (read.login !== undefined) logins.push(read.login);
  }
  return { ...store, logins, problems };
}

async function readLogin(directory: string, hash: string): Promise<{ readonly login: ForeignLogin | undefined; readonly problems: readonly string[] }> {
  const file = join(directory, `${hash}_tokens.json`);
  const clientFile = join(directory, `${hash}_client_info.json`);
  const [stored, client] = await Promise.all([readPrivateFile(file), readPrivateFile(clientFile)]);
  if (stored === undefined) return { login: undefined, problems: [] };
  if ("problem" in stored) return { login: undefined, problems: [stored.problem] };
  const problems = stored.shared ? [`${file} can be read by other users of this machine`] : [];
  const tokens = readTokens(readMembers(stored.text));
  if (tokens === undefined) return { login: undefined, problems: [...problems, `${file} is not the token answer that mcp-remote writes; nothing was read from it`] };
  const unreadable = client !== undefined && "problem" in client ? [client.problem] : [];
  const clientId = client !== undefined && "text" in client ? textOf(readMembers(client.text)?.["client_id"]) : undefined;
  const known: ForeignClient = clientId === undefined ? { kind: "unknown" } : { kind: "registered", clientId };
  const isFor = (url: string): boolean => [url, url.replace(/\/$/, ""), `${url}/`].some((spelling) => createHash("md5").update(spelling).digest("hex") === hash);
  const login = { label: hash, url: undefined, isFor, file, client: known, tokens, signOutThere: `rm ${shellWord(file)}` };
  return { login, problems: [...problems, ...unreadable] };
}

function readTokens(answer: Members | undefined): ForeignTokens | undefined {
  const accessToken = textOf(answer?.["access_token"]);
  if (answer === undefined || accessToken === undefined) return undefined;
  return { accessToken, refreshToken: textOf(answer["refresh_token"]), expiresAt: instantOf(answer["expires_at"], 1), scopes: scopesOf(answer["scope"]) };
}

async function names(directory: string): Promise<{ readonly names: readonly string[]; readonly problem?: string }> {
  try {
    return { names: (await readdir(directory)).toSorted() };
  } catch (thrown) {
    const { code } = thrown as { readonly code?: unknown };
    return code === "ENOENT" ? { names: [] } : { names: [], problem: `${directory} cannot be read: ${describeCause(thrown)}` };
  }
}
