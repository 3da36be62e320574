import { expect, test } from "vitest";

import type { PendingAuthorization } from "../../src/oauth/authorization.ts";
import { readPasted } from "../../src/access/pasted-redirect.ts";
import { waitUntil } from "../rig/wait.ts";
import { approveByHand, openSigned, refusal, type Person, type Signed } from "./world.ts";

/** A person on another machine's terminal: no browser here, the redirect goes nowhere, and texts are pasted one after the other. */
function pastingPerson({ world }: Signed, texts: (redirect: URL) => readonly string[]): Person {
  const person: Person = world.person({ openBrowser: false, pasted: paste() });
  async function* paste(): AsyncGenerator<string> {
    const notice = await waitUntil(() => person.notices[0], "the URL to be shown");
    yield* texts(new URL(await approveByHand(notice.url)));
    await new Promise(() => undefined);
  }
  return person;
}

const forms: Readonly<Record<string, (redirect: URL) => string>> = {
  "the whole URL": ({ href }) => href,
  "the URL in quotes and blanks": ({ href }) => `  "${href}" \r\n`,
  "the URL of a host that stands for us elsewhere": ({ search }) => `https://relay.example/somewhere${search}`,
  "the path and query": ({ pathname, search }) => pathname + search,
  "the query": ({ search }) => search,
  "the query without its question mark": ({ search }) => search.slice(1),
};

test.each(Object.keys(forms))("%s is enough, while nothing reaches the listener (H01)", async (form) => {
  const signed = await openSigned({ signIn: false });
  const person = pastingPerson(signed, (redirect) => [forms[form]?.(redirect) ?? ""]);
  expect((await signed.access.signIn(person)).kind).toBe("signed-in");
  expect([person.pastesRefused, signed.world.opened]).toEqual([[], []]);
});

test("a bare code is enough where the issuer does not promise iss (H01)", async () => {
  const signed = await openSigned({ signIn: false, issuer: { iss: "none", issAdvertised: false } });
  const person = pastingPerson(signed, ({ searchParams }) => [searchParams.get("code") ?? ""]);
  expect((await signed.access.signIn(person)).kind).toBe("signed-in");
});

test("a bare code is refused where the issuer promises iss, and the whole address then works (H01, A08)", async () => {
  const signed = await openSigned({ signIn: false });
  const person = pastingPerson(signed, ({ href, searchParams }) => [searchParams.get("code") ?? "", href]);
  expect((await signed.access.signIn(person)).kind).toBe("signed-in");
  expect(person.pastesRefused).toMatchObject([{ code: "callback_invalid", hint: expect.stringContaining("whole address") }]);
});

test("what cannot be used is refused one by one with its reason, never shown again, and waiting goes on (H01)", async () => {
  const signed = await openSigned({ signIn: false });
  const other = await openSigned({ signIn: false });
  const theirs = pastingPerson(other, () => []);
  const givingUp = new AbortController();
  const theirOutcome = refusal(other.access.signIn({ ...theirs, signal: givingUp.signal }));
  const theirNotice = await waitUntil(() => theirs.notices[0], "the other sign-in");
  const theirRedirect = await approveByHand(theirNotice.url);
  const person = pastingPerson(signed, (redirect) => {
    const wrongState = new URL(redirect);
    wrongState.searchParams.set("state", "wrong");
    const [stateless, codeless] = [new URL(redirect), new URL(redirect)];
    stateless.searchParams.delete("state");
    codeless.searchParams.delete("code");
    return ["", "   ", "hello there, world", "abc", wrongState.href, theirRedirect, stateless.href, codeless.href, "https://relay.example/", redirect.href];
  });
  expect((await signed.access.signIn(person)).kind).toBe("signed-in");
  const reasons = person.pastesRefused.map(({ message }) => /: (.*)\.$/.exec(message)?.[1]);
  expect(reasons).toEqual(["it is not an address", "it is not an address", "it belongs to another sign-in", "it belongs to another sign-in", "it has no state parameter", "it carries neither a code nor an error", "it has no state parameter"]);
  const said = JSON.stringify(person.pastesRefused) + person.pastesRefused.map(({ message }) => message).join();
  expect([...signed.issuer.secrets("code"), ...other.issuer.secrets("code")].filter((code) => said.includes(code))).toEqual([]);
  expect(signed.world.ledger.count({ path: "/token" })).toBe(1);
  givingUp.abort();
  expect((await theirOutcome).code).toBe("cancelled");
});

test("a pasted redirect is judged as one that arrived: a wrong iss ends the sign-in without a token request (H01, A08)", async () => {
  const signed = await openSigned({ signIn: false, issuer: { iss: "wrong" } });
  expect((await refusal(signed.access.signIn(pastingPerson(signed, ({ href }) => [href])))).code).toBe("callback_invalid");
  expect(signed.world.ledger.count({ path: "/token" })).toBe(0);
});

test("a pasted refusal is the person's answer (H01)", async () => {
  const signed = await openSigned({ signIn: false, issuer: { approval: "deny" } });
  expect((await refusal(signed.access.signIn(pastingPerson(signed, ({ href }) => [href])))).code).toBe("authorization_refused");
});

test("an input that ends, as a closed terminal does, leaves the listener waiting (H01)", async () => {
  const { world, access } = await openSigned({ signIn: false });
  async function* nothing(): AsyncGenerator<string> {}
  expect((await access.signIn(world.person({ pasted: nothing() }))).kind).toBe("signed-in");
});

test("a code alone is not enough while several sign-ins are waiting (H01)", () => {
  const pending = { state: "s", server: { issParameterSupported: false }, issMayBeMissing: false } as PendingAuthorization;
  expect(() => readPasted("code-1234", pending, { onlyOne: false })).toThrow("several sign-ins are waiting");
  expect(readPasted("code-1234", pending, { onlyOne: true }).toString()).toBe("code=code-1234&state=s");
});
