import { expect, test, vi } from "vitest";
import { McpassError } from "../../../src/base/errors.ts";
import type { ScreenManager } from "../../../src/surfaces/tui/screen-types.ts";
import { countWords, lookOf, plugTone } from "../../../src/surfaces/tui/status-look.ts";
import { Store, toastMs } from "../../../src/surfaces/tui/store.ts";
import { show, snapshot } from "./shown.tsx";

const error = (message: string): McpassError => new McpassError("unreachable", message, { hint: "Check the network." });
const servers = [
  snapshot("fine", { signedIn: true, account: "work", expiresAt: Date.now() + 3_600_000 }),
  snapshot("gone", { status: "failed", error: error("gone.example does not answer.") }),
  snapshot("off", { status: "disabled" }),
  snapshot("locked", { status: "needs_auth", error: new McpassError("sign_in_required", "locked needs a sign-in."), hint: "mcpass auth locked" }),
  snapshot("closed", { status: "needs_client_registration", error: new McpassError("registration_unavailable", "closed.example takes no new clients.", { details: { redirectUri: "http://127.0.0.1:19876/mcp/oauth/callback" } }) }),
];

test("every status has OpenCode's word and colour, in the sidebar and in the status dialog", () => {
  expect(servers.map((server) => [server.name, lookOf(server).tone, lookOf(server).word, lookOf(server).long])).toEqual([
    ["fine", "good", "Connected", "Connected"],
    ["gone", "bad", "gone.example does not answer.", "gone.example does not answer."],
    ["off", "quiet", "Disabled", "Disabled in configuration"],
    ["locked", "warn", "Needs auth", "Needs authentication (run: mcpass auth locked)"],
    ["closed", "bad", "Needs client ID", "closed.example takes no new clients."],
  ]);
  expect([lookOf(snapshot("a", { status: "connecting" })), lookOf(snapshot("a", { status: "idle" })), lookOf(snapshot("a", { error: error("renewing fails.") }))].map(({ tone, word, long }) => [tone, word, long])).toEqual([["quiet", "Connecting…", "Connecting…"], ["quiet", "Not connected", "Not connected"], ["warn", "Connected", "Connected, but: renewing fails."]]);
  expect([countWords(servers), countWords(servers.slice(0, 2)), countWords(servers.slice(0, 1))]).toEqual(["(1 active, 3 errors)", "(1 active, 1 error)", "(1 active)"]);
  expect([plugTone(servers), plugTone(servers.slice(0, 1)), plugTone(servers.slice(2))]).toEqual(["bad", "good", "quiet"]);
});

test("the list has a line for each, sorted, with account and time left; beside it what is wrong and the next step", async () => {
  const screen = show(servers, { columns: 130 });
  expect(screen.screen()).toMatch(/MCP \(1 active, 3 errors\)[^]*› • closed +Needs client ID[^]*• fine +Connected · work · 60 min[^]*• gone +gone\.example does[^]*• locked +Needs auth[^]*• off +Disabled[^]*⊙ 1 MCP/);
  expect(screen.screen()).toMatch(/closed\.example takes no new clients\.[^]*redirect URI to register: http:\/\/127/);
  await screen.waitFor(/│ closed[^]*│ • Needs client ID/);
  screen.type("jj");
  await screen.waitFor(/│ gone[^]*│ • Failed[^]*│ gone\.example does not answer\.[^]*│ next: Check the network\./);
  screen.type("j");
  await screen.waitFor(/│ locked\n[^]*│ • Needs auth[^]*│ next: mcpass auth locked, or press a here/);
  screen.type("j");
  await screen.waitFor(/│ off\n[^]*│ • Disabled[^]*│ next: "enabled": true in its entry/);
});

test("a narrow window shows the list alone, and a server under the folded list; too small a window says so and still can be left", async () => {
  const screen = show(servers, { columns: 60, rows: 15 });
  expect(screen.screen()).not.toContain("Identity");
  screen.type("\r");
  await screen.waitFor(/▶ MCP \(1 active, 3 errors\)[^]*closed[^]*Needs client ID/);
  screen.resize(59, 15);
  await screen.waitFor(/too small: 59×15\. mcpass needs 60×15/);
  screen.type("q");
  await expect.poll(() => screen.asked).toEqual(["quit"]);
});

test("the status dialog names every server, what is wrong and the command; help and palette know every key; the palette runs what is found", async () => {
  const screen = show(servers, { columns: 110, rows: 40 });
  screen.type("s");
  await screen.waitFor(/Status {2}esc[^]*5 MCP Servers[^]*• locked\n +Needs authentication \(run: mcpass auth locked\)[^]*• off\n +Disabled in configuration/);
  screen.type("\u001b?");
  await screen.waitFor(/The chosen server[^]*a +Sign in to the server[^]*The screen[^]*ctrl-z +Suspend/);
  screen.type("\u001b:");
  await screen.waitFor(/Commands[^]*› a[^]*Sign in/);
  screen.type("what has happened\r");
  await screen.waitFor(/Event log[^]*Nothing has happened yet/);
  screen.emit({ type: "server.status", server: "gone", at: Date.now(), status: "failed", error: error("gone.example\u001b[2J does not answer.") });
  await screen.waitFor(/\d\d:\d\d:\d\d {2}gone: failed: gone\.example does not answer\./);
});

test("a server that comes to need a sign-in says so with the key to press, for eight seconds", async () => {
  const changing = [snapshot("notes")];
  const screen = show(changing);
  changing[0] = snapshot("notes", { status: "needs_auth" });
  screen.emit({ type: "server.status", server: "notes", at: 1, status: "needs_auth" });
  await screen.waitFor(/⚠ notes needs a sign-in: select it and press a\n⊙ 0 MCP/);
  vi.useFakeTimers();
  try {
    const store = new Store({ list: () => [] }, () => 0);
    store.toast("warn", "once");
    vi.advanceTimersByTime(toastMs - 1);
    expect([toastMs, store.get().toasts.length]).toEqual([8000, 1]);
    vi.advanceTimersByTime(1);
    expect(store.get().toasts).toEqual([]);
    store.close();
  } finally {
    vi.useRealTimers();
  }
});

test("doctor's findings stand there as they come, before it is done", async () => {
  const examine: ScreenManager["examine"] = (_name, { onFindings } = {}) => {
    onFindings?.([{ leg: "reach", mark: "good", said: "gone.example is 192.0.2.1" }]);
    return new Promise(() => undefined);
  };
  const screen = show([snapshot("notes")], { manager: { examine } });
  screen.type("d");
  await screen.waitFor(/Doctor: notes[^]*✓ reach {2}gone\.example is 192\.0\.2\.1\nLooking at every leg/);
});
