import { expect, test } from "vitest";
import { McpassError } from "../../../src/base/errors.ts";
import type { GrantView } from "../../../src/connection/manager.ts";
import type { ScreenManager } from "../../../src/surfaces/tui/screen-types.ts";
import { show, snapshot } from "./shown.tsx";

const grant = (account: string, state: GrantView["state"]): GrantView => ({ server: "notes", serverUrl: "https://notes.example/mcp", serverUrls: [], account, identity: undefined, issuer: "https://issuer.example", scopes: [], expiresAt: undefined, renewable: true, grantType: "authorization_code", bound: false, state, clientKind: "dynamic", clientId: "1", obtainedAt: 1, error: undefined });

test("A shows every account of a server and which one it uses; another is signed in with, signed in again, or signed out of after one question", async () => {
  const asked: unknown[] = [];
  const signIn: ScreenManager["signIn"] = async (server, { account, force }) => {
    asked.push(["sign in", server, account, force]);
    return { kind: "signed-in", grant: grant(account ?? "default", "authenticated"), verified: true, tools: undefined } as never;
  };
  const removeAuth: ScreenManager["removeAuth"] = async (server, options) => (asked.push(["sign out", server, options?.account]), undefined);
  const connect = async (): Promise<never> => (asked.push(["connect"]), Promise.reject(new McpassError("cancelled", "Not here.")));
  const screen = show([snapshot("notes", { signedIn: true })], { manager: { signIn, removeAuth, connect, grants: async () => [grant("default", "authenticated"), grant("work", "ended"), { ...grant("other", "authenticated"), server: "elsewhere" }] } });
  screen.type("A");
  await screen.waitFor(/Accounts of notes {2}esc · enter signs in again · o signs out\n› default · signed in · used by this server\n {2}work · over\n {2}another: +a name for it\n[^]*"account": "NAME" in its entry \(\/home\/ann\/mcpass\.jsonc:3\)/);
  expect(screen.screen()).not.toContain("other ·");
  screen.type("jj");
  await screen.waitFor(/› another:/);
  screen.type("home\r");
  await screen.waitFor(/Signed in to notes/);
  expect(asked).toEqual([["sign in", "notes", "home", false]]);
  screen.type("x");
  await screen.waitFor(/enter details/);
  screen.type("A");
  await screen.waitFor(/› default · signed in/);
  screen.type("\r");
  await expect.poll(() => asked.slice(1)).toEqual([["sign in", "notes", undefined, true], ["connect"]]);
  await screen.waitFor(/Signed in to notes/);
  screen.type("x");
  await screen.waitFor(/enter details/);
  screen.type("A");
  await screen.waitFor(/› default · signed in/);
  screen.type("o");
  await screen.waitFor(/Sign out of notes \(account default\)\?/);
  screen.type("y");
  await expect.poll(() => asked.slice(3)).toEqual([["sign out", "notes", undefined]]);
});

test("errors of before stand under the one of now, newest first, each with its next step and how often it came", async () => {
  const servers = [snapshot("notes", { status: "failed", error: new McpassError("unreachable", "notes.example does not answer."), hint: "Check the network." })];
  const screen = show(servers, { columns: 120 });
  const tell = (error: McpassError): void => screen.emit({ type: "server.status", server: "notes", at: new Date(2026, 0, 1, 9, 30).getTime(), status: "failed", error });
  tell(new McpassError("timed_out", "notes had no answer within 30 s.", { hint: "mcpass doctor notes" }));
  tell(new McpassError("server_failed", "notes answered with 500.\nand more"));
  tell(new McpassError("timed_out", "notes had no answer within 30 s.", { hint: "mcpass doctor notes" }));
  tell(new McpassError("unreachable", "notes.example does not answer."));
  tell(new McpassError("sign_in_required", "notes needs a sign-in."));
  await screen.waitFor(/notes\.example does not answer\.\n[^]*next: Check the network\.[^]*Earlier errors\n[^]*09:30:00 {2}notes had no answer within 30 s\. \(2 times\)\n[^\n]*next: mcpass doctor notes\n[^\n]*09:30:00 {2}notes answered with 500\./);
  expect(screen.screen()).not.toContain("needs a sign-in.");
  servers[0] = snapshot("notes");
  screen.store.refresh();
  await screen.waitFor(/• Connected[^]*Earlier errors\n[^]*notes\.example does not answer\.\n[^\n]*next: Check the network\./);
});
