import picocolors from "picocolors";
import { expect, test } from "vitest";
import type { AuthorizationNotice } from "../../../src/connection/manager.ts";
import { consentLines, renewalWords, signedInLine } from "../../../src/surfaces/cli/sign-in-words.ts";
import { clockWords, durationWords } from "../../../src/surfaces/cli/time-words.ts";

const colors = picocolors.createColors(false);
const now = new Date(2026, 10, 21, 13, 55).getTime();
const notice: AuthorizationNotice = {
  server: "linear",
  serverUrl: "https://mcp.linear.app/mcp",
  url: "https://linear.app/authorize?state=s",
  issuer: "https://linear.app/tenant",
  endpointHosts: ["token.linear.app"],
  identity: undefined,
  account: "work",
  scopes: ["read", "write"],
  clientKind: "dynamic",
  clientId: "client-1",
  redirectUri: "http://127.0.0.1:19876/mcp/oauth/callback",
  expiresAt: now + 600_000,
  previousIssuer: undefined,
  storedIn: "/vault",
  ledBy: undefined,
};
const consent = (changes: Partial<AuthorizationNotice> = {}): string => consentLines({ ...notice, ...changes }, colors).join("\n");

test("Z08: before the browser opens the person reads server, issuer, account, client, scopes and where the grant is kept", () => {
  for (const words of ["linear at https://mcp.linear.app", "https://linear.app/tenant", "token.linear.app", "work", "client-1", "read write", "/vault"]) expect(consent()).toContain(words);
  expect(consent()).not.toContain("warning");
});

test("Z08: a host that can look like another is shown in both forms, with a warning", () => {
  const shown = consent({ issuer: "https://xn--pple-43d.com" });
  expect(shown).toContain("xn--pple-43d.com (reads аpple.com)");
  expect(shown).toContain("warning");
});

test("of thousands of scopes a person reads the first and how many more there are", () => {
  const shown = consent({ scopes: Array.from({ length: 3000 }, (_, index) => `scope:${index}`) });
  expect(shown).toContain("scope:39 … and 2960 more");
  expect(shown.length).toBeLessThan(2_000);
});

test("another authorization server than before is named beside the old one", () => {
  expect(consent({ previousIssuer: "https://old.example" })).toMatch(/warning: .*https:\/\/old\.example/);
});

test("names and scopes from elsewhere cannot write to the terminal", () => {
  expect(consent({ scopes: ["\u001b[2Jread\n  account  mine"], issuer: "https://as.example/\u001b[31m" })).not.toMatch(/\u001b|\n {2}account {2}mine/);
});

test("A02: success says what will happen when the token's time is over", () => {
  const grant = { server: "x", serverUrl: "https://x.example", serverUrls: ["https://x.example"], identity: undefined, account: "default", issuer: "https://as.example", scopes: ["a", "b"], expiresAt: now + 600_000, renewable: true, grantType: "authorization_code", bound: false, state: "authenticated", clientKind: "dynamic", clientId: "c", obtainedAt: now, error: undefined } as const;
  expect(signedInLine("x", grant, now)).toBe("Signed in to x as default at https://as.example; scopes a b; renewed automatically");
  expect(renewalWords({ ...grant, renewable: false }, now)).toBe("you will be asked again at 14:05");
  expect(signedInLine("x", { ...grant, grantType: "client_credentials", bound: true }, now)).toBe("Signed in to x as default at https://as.example by client_credentials, without a person; tokens bound to a key; scopes a b; renewed automatically");
  expect(renewalWords({ renewable: false, expiresAt: undefined }, now)).toBe("valid until the server refuses it");
});

test("times are local, with the date when it is another day; durations are for people", () => {
  expect([clockWords(now, now), clockWords(now + 86_400_000, now)]).toEqual(["13:55", "2026-11-22 13:55"]);
  expect([-5000, 45_000, 3_599_000, 11_100_000, 86_400_000, 187_200_000].map(durationWords)).toEqual(["0 s", "45 s", "59 min", "3 h 5 min", "1 d", "2 d 4 h"]);
});
