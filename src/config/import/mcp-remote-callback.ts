import { createHash } from "node:crypto";

/** What mcp-remote tells one sign-in from another by; headers as they are written, before variables are filled in. */
export interface McpRemoteSignIn {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly resource: string | undefined;
  readonly authorizationParams: Readonly<Record<string, string>> | undefined;
  readonly clientMetadataUrl: string | undefined;
  readonly tokenEndpoint: string | undefined;
}

/**
 * Where mcp-remote has the browser come back to when it is told no other place. Whoever gave it a client of their own has registered that, and so it is that client's redirect URI here too: `http://localhost:PORT/oauth/callback`,
 * with a port that is made of the sign-in. mcp-remote 0.15
 */
export function mcpRemoteCallback(signIn: McpRemoteSignIn, platform: NodeJS.Platform): { readonly callbackHost: string; readonly callbackPort: number; readonly callbackPath: string } {
  const { url, headers, resource, authorizationParams = {}, clientMetadataUrl, tokenEndpoint } = signIn;
  const parts = [url, resource, sorted(authorizationParams), sorted(headers), clientMetadataUrl, tokenEndpoint].filter((part) => part !== undefined && part !== "");
  const digest = createHash("md5").update(parts.join("|")).digest();
  return { callbackHost: platform === "win32" ? "127.0.0.1" : "localhost", callbackPort: 3_335 + (digest.readUInt16BE(0) % 45_816), callbackPath: "/oauth/callback" };
}

function sorted(values: Readonly<Record<string, string>>): string {
  const entries = Object.entries(values).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return entries.length === 0 ? "" : JSON.stringify(Object.fromEntries(entries));
}
