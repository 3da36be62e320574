import { expect, test } from "vitest";
import type { AuthorizationNotice, SignInOptions } from "../../../src/connection/manager.ts";
import { show, snapshot } from "./shown.tsx";

test("a server's question names it, is a form of its schema, and is sent, declined or cancelled; nothing else hears keys meanwhile", async () => {
  const screen = show([snapshot("notes")]);
  const answer = screen.store.ask("notes", { mode: "form", message: "Which \u001b[2Jfolder?", requestedSchema: { type: "object", properties: { folder: { type: "string" }, all: { type: "boolean", default: false }, size: { type: "string", enum: ["s", "l"], enumNames: ["Small", "Large"] } }, required: ["folder"] } });
  await screen.waitFor(/notes asks {2}esc cancels · ctrl-d declines\n[^]*Which folder\?[^]*› folder \*[^]*all +false[^]*size/);
  screen.type("\r");
  await screen.waitFor(/This is needed/);
  screen.type("q\t \r");
  expect(await answer).toEqual({ action: "accept", content: { folder: "q", all: true } });
  await screen.waitFor(/• notes +Connected/);
  for (const [keys, action] of [["\u001b", "cancel"], ["\u0004", "decline"]] as const) {
    const refused = screen.store.ask("notes", { message: `Sure to ${action}?`, requestedSchema: { type: "object", properties: {} } });
    await screen.waitFor(new RegExp(`declines\\n[^]*Sure to ${action}\\?`));
    screen.type(keys);
    expect(await refused).toEqual({ action });
  }
  expect(screen.asked).toEqual([]);
});

test("an address that a server wants opened is shown whole with its host, and opened after y only; what is no web address never is", async () => {
  const screen = show([snapshot("notes")]);
  const url = "https://pay.example/checkout?order=1";
  const declined = screen.store.ask("notes", { mode: "url", message: "Pay", url });
  await screen.waitFor(/declines\n[^]*It wants you to open a page at pay\.example:\nhttps:\/\/pay\.example\/checkout\?order=1[^]*y open it/);
  screen.type("n");
  expect([await declined, screen.opened]).toEqual([{ action: "decline" }, []]);
  const accepted = screen.store.ask("notes", { mode: "url", message: "Pay again", url });
  screen.type("y");
  await screen.waitFor(/declines\n[^]*Pay again[^]*open it/);
  expect(screen.opened).toEqual([]);
  screen.type("y");
  expect([await accepted, screen.opened]).toEqual([{ action: "accept" }, [url]]);
  const foreign = screen.store.ask("notes", { mode: "url", message: "Run", url: "file:///etc/passwd" });
  await screen.waitFor(/declines\n[^]*no web address/);
  screen.type("y\u001b");
  expect([await foreign, screen.opened.length]).toEqual([{ action: "cancel" }, 1]);
});

const notice = (server: string, more: Partial<AuthorizationNotice> = {}): AuthorizationNotice => ({ server, serverUrl: `https://${server}.example/mcp`, url: `https://issuer.example/authorize?client_id=1&state=${server}`, issuer: "https://issuer.example", endpointHosts: [], account: "default", identity: undefined, scopes: ["read"], clientKind: "dynamic", clientId: "1", redirectUri: undefined, expiresAt: Date.now() + 600_000, previousIssuer: undefined, storedIn: "/tmp", ledBy: undefined, ...more });

test("several sign-ins wait at once; a device code is large; ctrl-x cancels one and leaves the other", async () => {
  const aborted: string[] = [];
  const signIn = (server: string, { onAuthorization, signal, device }: SignInOptions): Promise<never> => {
    void onAuthorization(notice(server, device === true ? { device: { userCode: "WDJB-MJHT", verificationUri: "https://issuer.example/device" } } : {}));
    return new Promise((_, reject) => signal?.addEventListener("abort", () => (aborted.push(server), reject(new Error("over")))));
  };
  const screen = show([snapshot("notes", { status: "needs_auth" }), snapshot("other", { status: "needs_auth" })], { manager: { signIn } });
  screen.type("a");
  await screen.waitFor(/Sign in to notes[^]*https:\/\/issuer\.example\/authorize\?client_id=1&state=notes[^]*paste the address/);
  screen.type("\u0019");
  await expect.poll(() => screen.copied).toEqual(["https://issuer.example/authorize?client_id=1&state=notes"]);
  screen.type("\u0011");
  await screen.waitFor(/▀[^]*ctrl-q shows the words again/);
  screen.type("\u0011\u001bjc");
  await screen.waitFor(/Sign in to other[^]*type in the code[^]*https:\/\/issuer\.example\/device[^]*W D J B - M J H T {4}\(WDJB-MJHT\)[^]*Waiting for the other device/);
  screen.type("\u0018");
  await screen.waitFor(/any key/);
  screen.type("x");
  await screen.waitFor(/notes +Signing in…[^]*other +Needs auth/);
  expect(aborted).toEqual(["other"]);
});
