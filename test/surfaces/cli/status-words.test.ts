import picocolors from "picocolors";
import { expect, test } from "vitest";
import { McpassError } from "../../../src/base/errors.ts";
import { serverRow, type ShownServer, type ShownStatus } from "../../../src/surfaces/cli/status-words.ts";

const colors = picocolors.createColors(false);
const server: ShownServer = {
  name: "linear",
  type: "remote",
  url: "https://mcp.linear.app/mcp",
  command: undefined,
  source: { file: "/c/mcpass.jsonc", line: 3, column: 5, layer: "user" },
  status: "connected",
  account: "default", identity: undefined,
  error: undefined,
  hint: undefined,
  tools: 2,
  protocolVersion: "2026-07-28",
  expiresAt: undefined,
  signedIn: true,
};
const row = (changes: Partial<ShownServer> = {}, showSource = false): string => serverRow({ ...server, ...changes }, { colors, nameWidth: 8, showSource });

test("X06: every status has its own row", () => {
  const statuses: readonly ShownStatus[] = ["connected", "disabled", "needs_auth", "needs_client_registration", "failed", "authenticated", "expired", "not_authenticated", "no_auth_needed"];
  expect(statuses.map((status) => row({ status }).split("\n")[0])).toEqual([
    "✓ linear    connected  2 tools · 2026-07-28",
    "○ linear    disabled  2026-07-28",
    "⚠ linear    needs authentication  2026-07-28",
    "✗ linear    needs client registration  2026-07-28",
    "✗ linear    failed  2026-07-28",
    "✓ linear    signed in  2026-07-28",
    "⚠ linear    sign-in expired  2026-07-28",
    "○ linear    not signed in  2026-07-28",
    "✓ linear    needs no sign-in  2026-07-28",
  ]);
});

test("an account is named when it is not the default one", () => {
  expect(row({ account: "work", protocolVersion: undefined })).toContain("2 tools · account work");
});

test("U06: the file a server comes from is shown when there are several", () => {
  expect(row({}, true)).toContain("(user: /c/mcpass.jsonc:3)");
  expect(row()).not.toContain("mcpass.jsonc");
});

test("C02: what needs a client id shows the exact redirect URI to register, once", () => {
  const redirectUri = "http://127.0.0.1:19876/mcp/oauth/callback";
  const shown = (hint: string) => row({ status: "needs_client_registration", error: new McpassError("registration_unavailable", "takes no new clients", { details: { redirectUri } }), hint });
  expect(shown("set oauth.clientId")).toContain(`redirect URI to register: ${redirectUri}`);
  expect(shown(`register ${redirectUri}`).split(redirectUri)).toHaveLength(2);
});

test("what needs a sign-in says no more than the command; a failure says why", () => {
  const needed = new McpassError("sign_in_required", "linear needs a sign-in.");
  expect(row({ status: "needs_auth", error: needed, hint: "mcpass auth linear", protocolVersion: undefined })).toBe("⚠ linear    needs authentication\n    https://mcp.linear.app/mcp\n    hint: mcpass auth linear");
  expect(row({ status: "failed", error: new McpassError("unreachable", "no route\u001b[2J") })).toContain("\n    no route");
});

test("a command is shown so that its words can be told apart", () => {
  expect(row({ url: undefined, command: ["sh", "-c", "echo 'hi'; ls"] })).toContain(`sh -c "echo 'hi'; ls"`);
});
