import { expect, test } from "vitest";

import type { Access } from "../../src/access/access.ts";
import type { Fetch } from "../../src/base/runtime.ts";
import { createNodeRuntime } from "../../src/surfaces/node/node-runtime.ts";
import { waitUntil } from "../rig/wait.ts";
import type { Ledger } from "../servers/ledger.ts";
import { ask } from "./callback-rig.ts";
import { openSigned, refusal, send, type Signed } from "./world.ts";

/** Pages that a person's browser opened, and codes exchanged. */
function asked(ledger: Ledger): readonly [opened: number, exchanged: number] {
  return [ledger.find({ path: "/authorize" }).filter(({ headers }) => headers["user-agent"] === "test-browser").length, ledger.count({ path: "/token" })];
}

/** A second process of the same user, in whose life something happens before the first request that `when` picks. */
function slowly({ world, entry }: Signed, when: (url: string, body: string | undefined) => boolean, meanwhile: () => Promise<unknown>): Access {
  const node = createNodeRuntime({ environment: process.env, homeDirectory: world.home, workingDirectory: world.home });
  let happened: Promise<unknown> | undefined;
  const fetch: Fetch = async (url, init) => {
    if (when(url, init?.body)) await (happened ??= meanwhile());
    return node.fetch(url, init);
  };
  return world.access(entry, { runtime: { fetch } });
}

const metadata = (url: string): boolean => url.includes("/.well-known/oauth-authorization-server");

/** A sign-in whose person has the page open and has not come back from it. */
async function held({ world, entry }: Signed, wishes: Parameters<Signed["world"]["person"]>[0] = {}): Promise<{ readonly done: Promise<unknown>; readonly finish: () => Promise<unknown>; readonly refuse: () => Promise<unknown> }> {
  const browser = world.browser({ hold: true });
  const done = world.access(entry, { browser }).signIn(world.person(wishes));
  done.catch(() => undefined);
  const redirect = await browser.heldUrl();
  return { done, finish: () => ask(redirect), refuse: () => ask(redirect.replace(/code=[^&]*/, "error=access_denied")) };
}

test("B01 who found that a sign-in is needed, and comes to it when another process has done it, takes that one's", async () => {
  const signed = await openSigned({ signIn: false });
  const { world, access } = signed;
  const late = slowly(signed, metadata, () => access.signIn(world.person()));
  const outcome = await late.signIn(world.person());
  expect([outcome.kind, asked(world.ledger)]).toEqual(["signed-in", [1, 1]]);
});

test("B01 so does who was refused by the server, and who was told that its grant has ended", async () => {
  const signed = await openSigned({ signIn: false });
  const { world, access, entry, issuer } = signed;
  const refused = slowly(signed, metadata, () => access.signIn(world.person()));
  const because = await refusal(send(refused, entry.url));
  expect([because.code, (await refused.signIn(world.person({ because }))).kind, asked(world.ledger)]).toEqual(["sign_in_required", "signed-in", [1, 1]]);
  issuer.revokeRefreshTokens();
  issuer.expireTokens();
  const [first, second] = [world.access(entry), world.access(entry)];
  const ended = [await refusal(send(first, entry.url)), await refusal(send(second, entry.url))];
  expect(ended.map(({ code }) => code)).toEqual(["sign_in_required", "sign_in_required"]);
  world.ledger.clear();
  expect([(await first.signIn(world.person({ because: ended[0] }))).kind, (await second.signIn(world.person({ because: ended[1] }))).kind]).toEqual(["signed-in", "signed-in"]);
  expect(asked(world.ledger)).toEqual([1, 1]);
});

test("F06 a request that left before another process signed in is sent once more with its token, and nobody is asked", async () => {
  const signed = await openSigned({ signIn: false });
  const { world, access, entry } = signed;
  const early = slowly(signed, (url, body) => url === entry.url && body?.includes("tools/list") === true, () => access.signIn(world.person()));
  expect([(await send(early, entry.url)).status, asked(world.ledger)]).toEqual([200, [1, 1]]);
});

test("B01 a grant that was there all the time is no reason not to sign in again, where that is asked for", async () => {
  const { world, entry } = await openSigned();
  expect((await world.access(entry).signIn(world.person({ force: true }))).kind).toBe("signed-in");
  expect(asked(world.ledger)[0]).toBe(1);
  const both = await Promise.all([world.access(entry).signIn(world.person({ force: true })), world.access(entry).signIn(world.person({ force: true }))]);
  expect([both.map(({ kind }) => kind), asked(world.ledger)[0]]).toEqual([["signed-in", "signed-in"], 2]);
});

test("B01 who needs more scopes than the sign-in under way asks for waits for it, says so, and asks afterwards", async () => {
  const signed = await openSigned({ signIn: false });
  const { world, entry } = signed;
  const { done, finish } = await held(signed, { scope: "mcp:read" });
  const person = world.person({ scope: "mcp:read mcp:write" });
  const more = world.access(entry).signIn(person);
  await waitUntil(() => person.said.length > 0, "the notice");
  expect([person.said, person.notices]).toEqual([[`Another mcpass (process ${process.pid}) is signing in to example for something else; waiting for it.`], []]);
  await finish();
  await done;
  expect([(await more).kind, person.notices.map(({ scopes, ledBy }) => [scopes, ledBy]), asked(world.ledger)]).toEqual(["signed-in", [[["mcp:read", "mcp:write"], undefined]], [2, 2]]);
  expect((await world.storedGrant(entry))?.requestedScopes).toEqual(["mcp:read", "mcp:write"]);
});

test("B01 what was refused to a sign-in for something else is not refused to who waits for it", async () => {
  const signed = await openSigned({ signIn: false });
  const { world, entry } = signed;
  const { done, refuse } = await held(signed, { scope: "mcp:read" });
  const person = world.person({ scope: "mcp:read mcp:write" });
  const more = world.access(entry).signIn(person);
  await waitUntil(() => person.said.length > 0, "the notice");
  await refuse();
  expect((await refusal(done)).code).toBe("authorization_refused");
  expect((await more).kind).toBe("signed-in");
});

test("B01 who waits is shown what the leader shows, by whom, and its events begin and end like any sign-in's", async () => {
  const signed = await openSigned({ signIn: false });
  const { world, entry } = signed;
  const { done, finish } = await held(signed);
  const person = world.person();
  const follower = world.access(entry).signIn(person);
  await waitUntil(() => person.notices.length > 0, "the notice");
  const [begun] = world.events.filter(({ type }) => type === "authorization.begun");
  expect(person.notices).toMatchObject([{ ledBy: process.pid, server: "example", account: "default", url: begun?.type === "authorization.begun" ? begun.url : "" }]);
  await finish();
  expect([((await done) as { kind: string }).kind, (await follower).kind]).toEqual(["signed-in", "signed-in"]);
  const told = world.events.flatMap((event) => (event.type === "authorization.ended" ? [event.outcome] : event.type === "authorization.begun" ? [event.type] : []));
  expect(told).toEqual(["authorization.begun", "authorization.begun", "completed", "completed"]);
  expect([world.opened.length, asked(world.ledger)]).toEqual([1, [1, 1]]);
});

test("H02 a sign-in with a code at another device is led too: who waits says for whom, and takes the grant", async () => {
  const signed = await openSigned({ signIn: false, issuer: { grants: ["device"], deviceIntervalSeconds: 0.2, deviceAnswer: "pending" } });
  const { world, entry, issuer } = signed;
  const leader = world.access(entry).signIn(world.person({ device: true, timeoutMs: 30_000 }));
  await waitUntil(() => world.ledger.count({ path: "/device_authorization" }) > 0, "the device code");
  const person = world.person({ device: true, timeoutMs: 30_000 });
  const follower = world.access(entry).signIn(person);
  await waitUntil(() => person.said.length > 0, "the notice");
  expect(person.said).toEqual([`Another mcpass (process ${process.pid}) is signing in to example; waiting for it.`]);
  issuer.toggles.deviceAnswer = "approved";
  expect([(await leader).kind, (await follower).kind, world.ledger.count({ path: "/device_authorization" })]).toEqual(["signed-in", "signed-in", 1]);
});
