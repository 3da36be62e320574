import { expect, test } from "vitest";

import { type ErrorCode, McpassError } from "../../src/base/errors.ts";
import { createAuthorizationBudget } from "../../src/connection/authorization-budget.ts";
import type { SignInDesk } from "../../src/connection/sign-in-desk.ts";
import { withSignIn } from "../../src/connection/with-sign-in.ts";

const options = { onAuthorization: () => {} };

/** A desk that only counts who came. */
function desk(...instead: boolean[]): { desk: Pick<SignInDesk, "generation" | "signIn" | "registerInstead">; visits: () => number; othersSignIn: () => void } {
  let generation = 0;
  let visits = 0;
  return {
    desk: {
      get generation() {
        return generation;
      },
      signIn: () => {
        visits += 1;
        generation += 1;
        return Promise.resolve({ outcome: { kind: "not-needed" }, joined: false });
      },
      registerInstead: () => Promise.resolve(instead.shift() ?? false),
    },
    visits: () => visits,
    othersSignIn: () => void (generation += 1),
  };
}

function refusal(code: ErrorCode, scopes?: readonly string[]): McpassError {
  return new McpassError(code, "refused", scopes === undefined ? {} : { details: { scopes } });
}

/** Throws each of `errors` in turn, then succeeds. */
function failing(errors: readonly McpassError[], before: () => void = () => {}): () => Promise<string> {
  let run = 0;
  return async () => {
    before();
    const error = errors[run];
    run += 1;
    if (error !== undefined) throw error;
    return "done";
  };
}

test("an operation that failed while somebody else signed in is only repeated (C08)", async () => {
  const { desk: counting, visits, othersSignIn } = desk();
  expect(await withSignIn({ server: "s", desk: counting, options: undefined }, failing([refusal("sign_in_required")], othersSignIn))).toBe("done");
  expect(visits()).toBe(0);
});

test("one operation may need a sign-in and then a wider scope, each once (A07)", async () => {
  const { desk: counting, visits } = desk();
  expect(await withSignIn({ server: "s", desk: counting, options }, failing([refusal("sign_in_required"), refusal("scope_insufficient", ["b", "a"])]))).toBe("done");
  expect(visits()).toBe(2);
  const again = withSignIn({ server: "s", desk: counting, options }, failing([refusal("scope_insufficient", ["a", "b"]), refusal("scope_insufficient", ["b", "a"])]));
  await expect(again).rejects.toMatchObject({ code: "scope_insufficient" });
  expect(visits()).toBe(3);
});

test("a sign-in that changes nothing is a rejected token, not a second sign-in (U02)", async () => {
  const { desk: counting, visits } = desk();
  await expect(withSignIn({ server: "s", desk: counting, options }, failing([refusal("sign_in_required"), refusal("sign_in_required")]))).rejects.toMatchObject({ code: "token_rejected" });
  expect(visits()).toBe(1);
});

test("registering instead of showing a document is one sign-in more, and then the token is rejected (R07)", async () => {
  const { desk: counting, visits } = desk(true);
  expect(await withSignIn({ server: "s", desk: counting, options }, failing([refusal("sign_in_required"), refusal("sign_in_required")]))).toBe("done");
  expect(visits()).toBe(2);
  const { desk: refused, visits: asked } = desk(true);
  await expect(withSignIn({ server: "s", desk: refused, options }, failing(Array.from({ length: 9 }, () => refusal("sign_in_required"))))).rejects.toMatchObject({ code: "token_rejected" });
  expect(asked()).toBe(2);
});

test("what no sign-in can put right passes at once, and without leave so does the rest, with the command (H04)", async () => {
  const { desk: counting, visits } = desk();
  await expect(withSignIn({ server: "s", desk: counting, options }, failing([refusal("server_failed")]))).rejects.toMatchObject({ code: "server_failed" });
  await expect(withSignIn({ server: "s", desk: counting, options: undefined }, failing([refusal("sign_in_required")]))).rejects.toMatchObject({ code: "sign_in_required", hint: "mcpass auth s" });
  expect(visits()).toBe(0);
});

test("who gives up does not wait for the sign-in", async () => {
  const { desk: counting } = desk();
  const endless: Pick<SignInDesk, "generation" | "signIn" | "registerInstead"> = { generation: counting.generation, signIn: () => new Promise(() => {}), registerInstead: counting.registerInstead };
  const work = withSignIn({ server: "s", desk: endless, options, signal: AbortSignal.timeout(20) }, failing([refusal("sign_in_required")]));
  await expect(work).rejects.toMatchObject({ code: "cancelled" });
});

test("the budget is three authorizations for a server, one for a set of scopes, and a person is never refused (A07)", () => {
  const budget = createAuthorizationBudget();
  expect([budget.take("s", ["a", "b"]), budget.take("s", ["b", "a"]), budget.take("s", ["a"]), budget.take("s", undefined), budget.take("s", undefined)]).toEqual([true, false, true, true, false]);
  budget.count("t");
  expect([budget.take("t", undefined), budget.take("t", undefined), budget.take("t", undefined)]).toEqual([true, true, false]);
});
