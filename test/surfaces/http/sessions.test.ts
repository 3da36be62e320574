import { expect, test } from "vitest";
import { createSessions, makeTicket, type Sessions } from "../../../src/surfaces/http/sessions.ts";

const token = "t".repeat(43);

function open(start = 1_000_000, more: { cookieName?: string; secure?: boolean; token?: string } = {}): { sessions: Sessions; clock: { now: number } } {
  const clock = { now: start };
  return { clock, sessions: createSessions({ token, cookieName: "mcpass_4190", secure: false, ...more, now: () => clock.now }) };
}

const pairOf = (cookie: string | undefined): string => cookie?.split(";")[0] ?? "";

test("the token is taken as a Bearer and as the password of a Basic, whoever the user is; nothing else is", () => {
  const { sessions } = open();
  const basic = (user: string, password: string): string => `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  for (const good of [`Bearer ${token}`, `bearer  ${token}`, basic("opencode", token), basic("", token)]) expect(sessions.credentialOf({ authorization: good })).toBe("token");
  for (const bad of ["", token, `Bearer ${token}x`, `Bearer ${token.slice(1)}`, "Bearer", `Digest ${token}`, basic(token, ""), basic("x", "y"), "Basic ::::", `Bearer ${token} x`]) expect(sessions.credentialOf({ authorization: bad })).toBeUndefined();
  expect(sessions.credentialOf({})).toBeUndefined();
});

test("Z07: a ticket opens the page once, within five minutes; one from before the server's start never", () => {
  const { sessions, clock } = open();
  const { ticket, expiresAt } = sessions.issueTicket();
  expect(expiresAt).toBe(clock.now + 300_000);
  expect(sessions.redeem(ticket)).toMatch(/^mcpass_4190=[^;]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=86400$/);
  expect(sessions.redeem(ticket)).toBeUndefined();
  const late = sessions.issueTicket().ticket;
  clock.now += 300_000;
  expect(sessions.redeem(late)).toBeUndefined();
  expect(open(clock.now).sessions.redeem(makeTicket(token, clock.now - 1).ticket)).toBeUndefined();
  expect(open(clock.now).sessions.redeem(makeTicket(token, clock.now).ticket)).toBeDefined();
  expect(sessions.redeem(makeTicket("another token", clock.now).ticket)).toBeUndefined();
});

test("a ticket or a cookie that was changed anywhere is none", () => {
  const { sessions, clock } = open();
  const { ticket } = sessions.issueTicket();
  for (let at = 0; at < ticket.length; at += 1) {
    const changed = `${ticket.slice(0, at)}${ticket[at] === "1" ? "2" : "1"}${ticket.slice(at + 1)}`;
    expect(sessions.redeem(changed)).toBeUndefined();
  }
  const cookie = pairOf(sessions.redeem(ticket));
  expect(sessions.credentialOf({ cookie: `theme=dark; ${cookie}; other=1` })).toBe("cookie");
  for (let at = "mcpass_4190=".length; at < cookie.length; at += 1) {
    const changed = `${cookie.slice(0, at)}${cookie[at] === "1" ? "2" : "1"}${cookie.slice(at + 1)}`;
    expect(sessions.credentialOf({ cookie: changed })).toBeUndefined();
  }
  clock.now += 86_400_000;
  expect(sessions.credentialOf({ cookie })).toBeUndefined();
});

test("a cookie outlives a restart, but is not another server's, and says Secure where there is https", () => {
  const { sessions, clock } = open();
  const cookie = pairOf(sessions.redeem(sessions.issueTicket().ticket));
  expect(open(clock.now + 5).sessions.credentialOf({ cookie })).toBe("cookie");
  expect(open(clock.now, { cookieName: "mcpass_4191" }).sessions.credentialOf({ cookie: cookie.replace("4190", "4191") })).toBeUndefined();
  expect(open(clock.now, { token: "u".repeat(43) }).sessions.credentialOf({ cookie })).toBeUndefined();
  const secure = open(clock.now, { secure: true }).sessions;
  expect(secure.redeem(secure.issueTicket().ticket)).toContain("; Secure;");
});

test("a wrong token beside a good cookie is a wrong token", () => {
  const { sessions } = open();
  const cookie = pairOf(sessions.redeem(sessions.issueTicket().ticket));
  expect(sessions.credentialOf({ cookie, authorization: "Bearer wrong" })).toBeUndefined();
});
