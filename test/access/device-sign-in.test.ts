import { describe, expect, test } from "vitest";
import type { Fetch } from "../../src/base/runtime.ts";
import type { OAuthSettings, RemoteEntry } from "../../src/config/server-entry.ts";
import { createHttpFetch } from "../../src/surfaces/node/http-fetch.ts";
import { expectNowhere } from "../rig/canary.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import type { ResourceServer } from "../servers/resource-server.ts";
import { openWorld, refusal, remote, send, type World } from "./world.ts";

interface Opened {
  readonly world: World;
  readonly issuer: AuthorizationServer;
  readonly server: ResourceServer;
  readonly entry: RemoteEntry;
}

/** An issuer that offers it and polls that take no time. */
async function open(options: AuthorizationServerOptions = {}, oauth: OAuthSettings = {}): Promise<Opened> {
  const world = await openWorld();
  const issuer = await world.issuer({ grants: ["device"], deviceIntervalSeconds: 0.05, checksGrantTypes: true, ...options });
  const server = await world.resource({ trusts: issuer });
  return { world, issuer, server, entry: remote(server.url, { oauth }) };
}

/** A person who goes to the address that is shown, on another device. */
function atOnce(world: World, more: object = {}): ReturnType<World["person"]> {
  const person = world.person({ device: true, ...more });
  return { ...person, onAuthorization: async (notice) => void (person.notices.push(notice), await fetch(notice.url)) };
}

const polls = (world: World): number => world.ledger.count({ path: "/token" });

describe("H02 a code for another device", () => {
  test("registers for that grant, shows code and address, asks until the person has decided, and stores a grant that renews", async () => {
    const { world, issuer, server, entry } = await open({ deviceAnswer: ["pending", "pending", "as-decided"] });
    const access = world.access(entry);
    const person = atOnce(world);
    expect((await access.signIn(person)).kind).toBe("signed-in");
    const [notice] = person.notices;
    expect(notice).toMatchObject({ redirectUri: undefined, clientKind: "dynamic", device: { userCode: expect.stringMatching(/^[A-Z]{4}-[A-Z]{4}$/) as string, verificationUri: `${issuer.origin}/device` }, url: `${issuer.origin}/device?user_code=${notice?.device?.userCode ?? ""}` });
    expect([world.opened, polls(world)]).toEqual([[], 3]);
    const registration = JSON.parse(world.ledger.find({ path: "/register" })[0]?.body ?? "") as { grant_types: string[] };
    expect(registration.grant_types).toEqual(["authorization_code", "urn:ietf:params:oauth:grant-type:device_code", "refresh_token"]);
    expect(await world.storedGrant(entry)).toMatchObject({ grantType: "device_code", resource: server.url, tokens: { refreshToken: expect.any(String) as string } });
    issuer.expireTokens();
    expect((await send(world.access(entry), server.url)).status).toBe(200);
    expect(world.ledger.sequence("issuer").at(-1)).toBe("issuer POST /token refresh_token → 200");
    expectNowhere(issuer.secrets("device-code"), { ledger: world.ledger, except: ["issuer"], texts: { ...(await world.vaultRecords()), notice: JSON.stringify(person.notices), events: JSON.stringify(world.events) } });
  });

  test("the next sign-in with a device uses the same registration, which is not the browser's", async () => {
    const { world, entry } = await open();
    await world.access(entry).signIn(atOnce(world));
    await world.access(entry).signIn(atOnce(world, { force: true }));
    expect(world.ledger.count({ path: "/register" })).toBe(1);
    await world.access(entry).signIn(world.person({ force: true }));
    expect(world.ledger.count({ path: "/register" })).toBe(2);
  });

  test("by the entry's grant, without a flag", async () => {
    const { world, entry } = await open({}, { grant: "device_code" });
    await world.access(entry).signIn(atOnce(world, { device: undefined }));
    expect(world.opened).toEqual([]);
  });

  test("the issuer's interval is kept, and slow_down makes it five seconds longer", async () => {
    const { world, entry } = await open({ deviceIntervalSeconds: 0.3, deviceAnswer: ["pending", "slow-down", "approved"] });
    const at: number[] = [];
    const access = world.access(entry, { runtime: { fetch: notingFetch(at) } });
    await access.signIn(world.person({ device: true, timeoutMs: 60_000 }));
    const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    expect(gaps[0]).toBeGreaterThanOrEqual(290);
    expect(gaps[1]).toBeGreaterThanOrEqual(5_290);
    expect(at).toHaveLength(3);
  });

  test("an issuer in trouble between two questions is asked again, more slowly", async () => {
    const { world, entry } = await open({ machineAnswer: ["unavailable", "reset", "json"], deviceAnswer: "approved" });
    expect((await world.access(entry).signIn(world.person({ device: true }))).kind).toBe("signed-in");
    expect(polls(world)).toBe(3);
  });

  test.each([
    ["denied", "authorization_refused", "was refused at the other device"],
    ["expired", "authorization_expired", "was not typed in at another device in time"],
  ] as const)("%s ends it with %s, and nothing is stored", async (deviceAnswer, code, words) => {
    const { world, entry } = await open({ deviceAnswer });
    const error = await refusal(world.access(entry).signIn(world.person({ device: true })));
    expect([error.code, polls(world)]).toEqual([code, 1]);
    expect(error.message).toContain(words);
    expect(await world.storedGrant(entry)).toBeUndefined();
    expect(world.events.at(-1)).toMatchObject({ type: "authorization.ended", outcome: code === "authorization_expired" ? "expired" : "refused" });
  });

  test("the code's own end is the last deadline, whatever --timeout says; a shorter --timeout comes first", async () => {
    const { world, entry } = await open({ deviceLifetimeSeconds: 0.3 });
    expect((await refusal(world.access(entry).signIn(world.person({ device: true, timeoutMs: 60_000 })))).code).toBe("authorization_expired");
    const patient = await open();
    expect((await refusal(patient.world.access(patient.entry).signIn(patient.world.person({ device: true, timeoutMs: 200 })))).code).toBe("authorization_expired");
  });

  test("an interval or a lifetime beyond all sense is brought to what a person would wait for; next to none is no storm", async () => {
    const { world, entry } = await open({ deviceIntervalSeconds: 1e11, deviceLifetimeSeconds: 1e11 });
    const cancel = new AbortController();
    const person = world.person({ device: true, signal: cancel.signal });
    const signingIn = refusal(world.access(entry).signIn(person));
    setTimeout(() => cancel.abort(), 700);
    expect((await signingIn).code).toBe("cancelled");
    expect(person.notices[0]?.expiresAt).toBeLessThanOrEqual(Date.now() + 86_400_000);
    const eager = await open({ deviceIntervalSeconds: 0.000_1, deviceLifetimeSeconds: 0.5, deviceAnswer: "pending" });
    await refusal(eager.world.access(eager.entry).signIn(eager.world.person({ device: true })));
    expect(polls(eager.world)).toBeLessThan(12);
  });

  test("cancelled, it ends at once", async () => {
    const { world, entry } = await open({ deviceIntervalSeconds: 60 });
    const cancel = new AbortController();
    const startedAt = Date.now();
    const error = await refusal(world.access(entry).signIn(world.person({ device: true, signal: cancel.signal, onAuthorization: () => cancel.abort() })));
    expect([error.code, polls(world)]).toEqual(["cancelled", 0]);
    // Not when the first question would be due.
    expect(Date.now() - startedAt).toBeLessThan(50_000);
  });

  test("Google's older verification_url is understood, and an address that is no http address is not shown", async () => {
    const { world, entry } = await open({ deviceUriField: "verification_url", deviceCompleteUri: false, deviceAnswer: "approved" });
    const person = world.person({ device: true });
    await world.access(entry).signIn(person);
    expect(person.notices[0]?.url).toMatch(/\/device$/);
    const evil = await open({ endpointOrigin: "javascript:alert(1)//", metadata: {} });
    evil.issuer.toggles.metadata = Object.fromEntries(["authorization", "token", "registration", "device_authorization"].map((leg) => [`${leg}_endpoint`, `${evil.issuer.origin}/${leg === "registration" ? "register" : leg === "authorization" ? "authorize" : leg}`]));
    const shown = evil.world.person({ device: true });
    expect((await refusal(evil.world.access(evil.entry).signIn(shown))).code).toBe("url_insecure");
    expect(shown.notices).toEqual([]);
  });

  test("an issuer that does not offer it says so before anything is registered; one that does is named when no browser opens", async () => {
    const { world, entry } = await open({ grants: [] });
    const error = await refusal(world.access(entry).signIn(world.person({ device: true })));
    expect(error.message).toContain("offers no sign-in with another device");
    expect(world.ledger.count({ path: "/register" })).toBe(0);
    const offering = await open();
    const person = offering.world.person({ timeoutMs: 1_500 });
    const access = offering.world.access(offering.entry, { runtime: { openBrowser: () => Promise.resolve({ opened: false, reason: "no display" }) } });
    await refusal(access.signIn(person));
    expect(person.said.join("\n")).toContain("Or sign in with another device: mcpass auth example --device");
  });
});

/** Node's fetch, noting when the token endpoint is asked. */
function notingFetch(at: number[]): Fetch {
  const fetch = createHttpFetch();
  return (url, init) => {
    if (new URL(url).pathname === "/token") at.push(Date.now());
    return fetch(url, init);
  };
}
