import { expect, test } from "vitest";
import { answer, type AnswerKind } from "./answers.ts";
import { startAuthorizationServer, type AuthorizationServerOptions } from "./authorization-server.ts";
import type { TokenAnswer } from "./authorization-server/toggles.ts";
import { createLedger } from "./ledger.ts";
import { listen } from "./listener.ts";

async function ask(kind: AnswerKind): Promise<string> {
  const ledger = createLedger();
  const listening = await listen(ledger, "place", () => answer(kind, { issuer: "x" }));
  try {
    const response = await fetch(listening.origin, { redirect: "manual", ...(kind === "hang" ? { signal: AbortSignal.timeout(500) } : {}) }).catch((error: unknown) => (error as Error).name);
    if (typeof response === "string") return `${response} ${ledger.sequence()[0]?.split("→ ")[1] ?? ""}`;
    let bytes = 0;
    for await (const chunk of response.body ?? []) bytes += (chunk as Uint8Array).length;
    return `${String(response.status)} ${response.headers.get("content-type") ?? "-"} ${bytes > 60e6 ? "60 MB" : bytes > 0 ? "body" : "nothing"}`;
  } finally {
    await listening.stop();
  }
}

test.each<[AnswerKind, string]>([
  ["document", "200 application/json body"],
  ["absent", "404 text/plain; charset=utf-8 body"],
  ["html", "200 text/html; charset=utf-8 body"],
  ["unauthorized", "401 text/plain; charset=utf-8 body"],
  ["busy", "429 text/plain; charset=utf-8 body"],
  ["huge", "200 application/json 60 MB"],
  ["reset", "TypeError cut"],
  ["hang", "TimeoutError unanswered"],
  [{ redirect: "/other" }, "302 - nothing"],
  [{ slowMs: 50 }, "200 application/json body"],
])("a place that answers %j looks like it to a client", async (kind, seen) => {
  expect(await ask(kind)).toBe(seen);
});

async function renew(refreshAnswer: TokenAnswer, options: AuthorizationServerOptions = {}): Promise<{ status: number; body: string; live: number }> {
  const server = await startAuthorizationServer(createLedger(), { refreshAnswer, clients: [{ client_id: "c", redirect_uris: [] }], ...options });
  try {
    const approval = { clientId: "c", redirectUri: "", codeChallenge: "", scope: "a", resource: undefined, audience: undefined, subject: "alice", renewable: true };
    const { token } = server.store.issueToken("refresh", approval, server.store.newFamily(), 60);
    const body = new URLSearchParams({ grant_type: "refresh_token", refresh_token: token, client_id: "c" });
    const answered = await fetch(`${server.origin}/token`, { method: "POST", body, redirect: "manual" }).then(
      async (response) => ({ status: response.status, body: await response.text().catch(() => "cut") }),
      () => ({ status: 0, body: "" }),
    );
    return { ...answered, live: [...server.store.tokens.values()].filter((each) => each.kind === "refresh" && each.state === "live" && each.token === token).length };
  } finally {
    await server.stop();
  }
}

test.each<[TokenAnswer, number, RegExp, "kept" | "used"]>([
  ["json", 200, /"refresh_token":"rt-/, "used"],
  ["form", 200, /^access_token=at-/, "used"],
  ["error-200", 200, /"error"/, "kept"],
  ["ok-false", 200, /"ok":false/, "kept"],
  ["string-expiry", 200, /"expires_in":"3600"/, "used"],
  ["no-expiry", 200, /^(?!.*expires_in)/, "used"],
  ["no-token-type", 200, /^(?!.*token_type)/, "used"],
  ["html", 200, /<!doctype/, "kept"],
  ["bad-gateway", 502, /<!doctype/, "kept"],
  ["unavailable", 503, /./, "kept"],
  ["busy", 429, /./, "kept"],
  ["invalid-grant", 400, /invalid_grant/, "kept"],
  ["empty-400", 400, /^$/, "kept"],
  ["html-500", 500, /<!doctype/, "kept"],
  ["redirect", 307, /^$/, "kept"],
  ["reset", 0, /^$/, "kept"],
  ["reset-half", 200, /^cut$/, "used"],
])("a renewal answered %j has status %i and leaves the refresh token as told", async (kind, status, body, token) => {
  const answered = await renew(kind);
  expect([answered.status, answered.live]).toEqual([status, token === "kept" ? 1 : 0]);
  expect(answered.body).toMatch(body);
});

test("an error body that echoes secrets holds them in three spellings", async () => {
  const { body } = await renew("echo-secrets");
  expect(body.match(/rt-[\w-]+/g)).toHaveLength(2);
  expect(body).toContain(Buffer.from("rt-").toString("base64").slice(0, 3));
});

test("without rotation the answer has no refresh token and the old one stays good", async () => {
  expect(await renew("json", { rotation: "off" })).toMatchObject({ status: 200, live: 1, body: expect.not.stringContaining("refresh_token") });
});
