import { join } from "node:path";

import type { Runtime } from "../../base/runtime.ts";
import { shellWord } from "../../base/shell-word.ts";
import { homeDirectory } from "../expand.ts";
import type { ForeignClient, ForeignLogin, ForeignRegistration, ForeignStore, ForeignTokens } from "./foreign-login.ts";
import { readOpencodeClients } from "./opencode-clients.ts";
import { instantOf, type Members, membersOf, readMembers, readPrivateFile, scopesOf, textOf } from "./read-private-file.ts";

/**
 * What OpenCode keeps: `mcp-auth.json` under its data directory, one object by server name (as OpenCode 1.18 writes it: `tokens` with `expiresAt` in seconds,
 * `clientInfo` of a client that it registered, `serverUrl`); clients that its user configured stand in its configuration. Reads only. Never throws.
 */
export async function readOpencodeLogins(runtime: Runtime): Promise<ForeignStore> {
  const data = runtime.environment["XDG_DATA_HOME"] || join(homeDirectory(runtime), ".local", "share");
  const file = join(data, "opencode", "mcp-auth.json");
  const [stored, configured] = await Promise.all([readPrivateFile(file), readOpencodeClients(runtime)]);
  const places = [file, ...configured.places];
  const { registrations } = configured;
  if (stored === undefined) return { places, logins: [], registrations, problems: configured.problems };
  if ("problem" in stored) return { places, logins: [], registrations, problems: [...configured.problems, stored.problem] };
  const entries = readMembers(stored.text);
  const problems = [...configured.problems, ...(stored.shared ? [`${file} can be read by other users of this machine`] : [])];
  if (entries === undefined) return { places, logins: [], registrations, problems: [...problems, `${file} is not the JSON object that OpenCode writes; nothing was read from it`] };
  const read = Object.entries(entries).map(([label, value]) => readEntry(file, label, value, registrations));
  return { places, logins: read.flatMap(({ login }) => login ?? []), registrations, problems: [...problems, ...read.flatMap(({ problem }) => problem ?? [])] };
}

interface EntryRead {
  readonly login?: ForeignLogin;
  readonly problem?: string;
}

function readEntry(file: string, label: string, value: unknown, registrations: readonly ForeignRegistration[]): EntryRead {
  const entry = membersOf(value);
  if (entry === undefined) return { problem: `${file}: the entry ${JSON.stringify(label)} is not an object; it was passed over` };
  // A sign-in that was begun and never finished leaves nothing, or a verifier.
  if (entry["tokens"] === undefined && entry["clientInfo"] === undefined) return {};
  const url = textOf(entry["serverUrl"]);
  // OpenCode itself passes over what it does not know the server of.
  if (url === undefined || !URL.canParse(url)) return { problem: `${file}: the entry ${JSON.stringify(label)} does not say for which server it is; it was passed over` };
  const tokens = entry["tokens"] === undefined ? undefined : readTokens(membersOf(entry["tokens"]));
  if (tokens === undefined && entry["tokens"] !== undefined) return { problem: `${file}: the tokens of ${JSON.stringify(label)} have another form than is known; they were passed over` };
  const client = clientOf(membersOf(entry["clientInfo"]), registrations.find((each) => each.label === label && each.url === url));
  return { login: { label, url, isFor: (other) => other === url, file, client, tokens, signOutThere: `opencode mcp logout ${shellWord(label)}` } };
}

function readTokens(tokens: Members | undefined): ForeignTokens | undefined {
  const accessToken = textOf(tokens?.["accessToken"]);
  if (tokens === undefined || accessToken === undefined) return undefined;
  return { accessToken, refreshToken: textOf(tokens["refreshToken"]), expiresAt: instantOf(tokens["expiresAt"], 1000), scopes: scopesOf(tokens["scope"]) };
}

/** OpenCode stores what it registered, and uses a configured client without storing it: with both there, nothing says whose the tokens are. */
function clientOf(stored: Members | undefined, configured: ForeignRegistration | undefined): ForeignClient {
  const registered = textOf(stored?.["clientId"]);
  const own = configured?.keys["clientId"];
  if (typeof own === "string" && (registered === undefined || registered === own)) return { kind: "configured", clientId: own };
  if (typeof own === "string" || registered === undefined) return { kind: "unknown" };
  return { kind: "registered", clientId: registered };
}
