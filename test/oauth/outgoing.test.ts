import type { Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { product } from "../../src/base/product.ts";
import type { OutgoingRequest } from "../../src/oauth/outgoing.ts";
import { answer } from "../servers/answers.ts";
import { createLedger, type Ledger } from "../servers/ledger.ts";
import { json, listen, redirect, text, type Handle, type Listening } from "../servers/listener.ts";
import { failureOf } from "./failure-of.ts";
import { outgoingFor, worldOf, type World } from "./outgoing-for.ts";

async function serve(handle: Handle, ledger: Ledger = createLedger(), party = "issuer"): Promise<Listening & { ledger: Ledger }> {
  const listening = await listen(ledger, party, handle);
  onTestFinished(() => listening.stop());
  return { ...listening, ledger };
}

const get = (url: string, more: Partial<OutgoingRequest> = {}): OutgoingRequest => ({ leg: "issuer metadata", url, ...more });
const seeking = { followRedirects: true } as const;

describe("a request", () => {
  test("says who we are, asks for JSON, and gives back status, headers and text", async () => {
    const { origin, ledger } = await serve(() => ({ status: 200, headers: { "Content-Type": "Application/JSON", "x-one": "1" }, body: '{"a":"é"}' }));
    const answer = await outgoingFor(origin).request(get(`${origin}/x?y=z`, { headers: { "x-two": "2" } }));
    expect(answer).toMatchObject({ url: `${origin}/x?y=z`, status: 200, contentType: "application/json", text: '{"a":"é"}' });
    expect([answer.header("X-One"), answer.header("absent")]).toEqual(["1", undefined]);
    expect(ledger.entries[0]).toMatchObject({ method: "GET", path: "/x?y=z", headers: { accept: "application/json", "user-agent": product.userAgent, "x-two": "2" } });
  });

  test("text that is cut between the bytes of a character is put together again", async () => {
    const bytes = Buffer.from('"é漢🙂"');
    const { origin } = await serve(() => ({
      status: 200,
      stream: async (response) => {
        for (const byte of bytes) await new Promise((resolve) => response.write(Buffer.of(byte), resolve));
        response.end();
      },
    }));
    expect((await outgoingFor(origin).request(get(origin))).text).toBe('"é漢🙂"');
  });
});

describe("D08: an answer that is too much, too slow or cut", () => {
  test("60 MB are not read beyond 1 MiB: the connection is closed, and the error names leg and URL", async () => {
    const sockets: Socket[] = [];
    const { origin } = await serve(({ request }) => (sockets.push(request.socket), answer("huge", {})));
    const error = await failureOf(outgoingFor(origin).request(get(`${origin}/big`)));
    expect(error).toMatchObject({ code: "answer_invalid", details: { leg: "issuer metadata", url: `${origin}/big` } });
    expect(error.message).toContain("larger than 1 MiB");
    await expect.poll(() => sockets[0]?.destroyed).toBe(true);
    expect(sockets[0]?.bytesWritten).toBeLessThan(16 * 1024 * 1024);
  });

  test("1 MiB exactly is read", async () => {
    const { origin } = await serve(() => text(200, "x".repeat(1024 * 1024)));
    expect((await outgoingFor(origin).request(get(origin))).text).toHaveLength(1024 * 1024);
  });

  test.each<[string, Handle]>([
    ["no answer", () => ({ status: 0, hang: true })],
    ["an answer that stops half-way", () => ({ status: 200, stream: (response) => void response.write("{") })],
  ])("%s within the deadline is timed_out, naming leg and URL", async (_, handle) => {
    const { origin } = await serve(handle);
    const error = await failureOf(outgoingFor(origin).request(get(`${origin}/slow?code=c0de`, { leg: "token", timeoutMs: 300 })));
    expect(error).toMatchObject({ code: "timed_out", details: { leg: "token", url: `${origin}/slow?code=…` } });
    expect(error.message).toContain(`token request to ${origin}/slow?code=… had no answer within`);
  });

  test("a resolver that never answers is under the same deadline", async () => {
    const world: World = { ...worldOf({}), lookup: () => new Promise(() => undefined) };
    expect((await failureOf(outgoingFor("https://mcp.example/mcp", { world }).request(get("https://as.example/x", { timeoutMs: 200 })))).code).toBe("timed_out");
  });

  test("a deadline covers all hops together", async () => {
    const { origin, ledger } = await serve(({ path }) => ({ ...redirect(`${path}x`), delayMs: 150 }));
    const error = await failureOf(outgoingFor(origin).request(get(`${origin}/`, { ...seeking, timeoutMs: 250 })));
    expect(error.code).toBe("timed_out");
    expect(ledger.entries.length).toBeLessThan(3);
  });

  test.each<[string, Handle]>([
    ["cut before an answer", () => ({ status: 0, cut: true })],
    ["cut in the middle", () => ({ status: 200, headers: { "content-length": "100" }, body: "half of it", cut: true })],
  ])("a connection %s is unreachable, with leg, URL and the system's cause", async (_, handle) => {
    const { origin } = await serve(handle);
    const error = await failureOf(outgoingFor(origin).request(get(`${origin}/x`, { leg: "registration" })));
    expect(error).toMatchObject({ code: "unreachable", details: { leg: "registration", url: `${origin}/x` }, cause: { code: "ECONNRESET" } });
    expect(error.message).toMatch(new RegExp(`^The registration request to ${origin}/x failed: ECONNRESET|socket hang up|aborted`));
  });

  test("U01: a refused connection and an unknown host name say so", async () => {
    const { origin, refuse } = await serve(() => text(200, ""));
    await refuse();
    expect((await failureOf(outgoingFor(origin).request(get(`${origin}/x`)))).message).toBe(`The issuer metadata request to ${origin}/x failed: connect ECONNREFUSED ${new URL(origin).host}.`);
    const world: World = { ...worldOf({}), lookup: async (name) => Promise.reject(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: "ENOTFOUND" })) };
    const error = await failureOf(outgoingFor(origin, { world }).request(get("https://nowhere.example/x")));
    expect(error).toMatchObject({ code: "unreachable", message: "The issuer metadata request to https://nowhere.example/x failed: getaddrinfo ENOTFOUND nowhere.example." });
  });

  test("cancelling ends it at once, also before it began", async () => {
    const { origin } = await serve(() => ({ status: 0, hang: true }));
    const abort = new AbortController();
    const pending = failureOf(outgoingFor(origin).request(get(origin, { signal: abort.signal })));
    setTimeout(() => abort.abort(), 50);
    expect((await pending).code).toBe("cancelled");
    expect((await failureOf(outgoingFor(origin).request(get(origin, { signal: AbortSignal.abort() })))).code).toBe("cancelled");
  });
});

describe("Z04: redirects", () => {
  test("are not followed unless asked, and a POST's never carries its body on", async () => {
    const other = await serve(() => text(200, "caught"));
    const { origin } = await serve(() => redirect(`${other.origin}/`, 307));
    expect((await outgoingFor(origin).request(get(origin))).status).toBe(307);
    expect((await outgoingFor(origin).request({ leg: "token", method: "POST", url: origin, body: "code=secret" })).status).toBe(307);
    expect(other.ledger.entries).toEqual([]);
  });

  test("are followed three times, then the redirect itself is the answer", async () => {
    const { origin, ledger } = await serve(({ path }) => (path === "/3" ? json(200, {}) : redirect(`/${String(Number(path.slice(1)) + 1)}`)));
    expect(await outgoingFor(origin).request(get(`${origin}/0`, seeking))).toMatchObject({ status: 200, url: `${origin}/3` });
    ledger.clear();
    expect((await outgoingFor(origin).request(get(`${origin}/-1`, seeking))).status).toBe(302);
    expect(ledger.entries.map(({ path }) => path)).toEqual(["/-1", "/0", "/1", "/2"]);
  });

  test("without a place to go, or to one that is no URL, are the answer", async () => {
    const { origin } = await serve(({ path }) => (path === "/none" ? { status: 302 } : redirect("http://[")));
    expect((await outgoingFor(origin).request(get(`${origin}/none`, seeking))).status).toBe(302);
    expect((await outgoingFor(origin).request(get(`${origin}/bad`, seeking))).status).toBe(302);
  });

  test("keep our headers on the origin and drop them when it is left, also for the way back", async () => {
    const ledger = createLedger();
    const home: { origin: string } = { origin: "" };
    const other = await serve(() => redirect(`${home.origin}/back`), ledger, "other");
    const { origin } = await serve(({ path }) => ({ "/a": redirect("/b"), "/b": redirect(`${other.origin}/x`) })[path] ?? json(200, {}), ledger, "home");
    home.origin = origin;
    await outgoingFor(origin).request(get(`${origin}/a`, { ...seeking, headers: { authorization: "Bearer canary-token" } }));
    expect(ledger.entries.map(({ party, path, headers }) => `${party} ${path} ${headers["authorization"] ?? "-"}`)).toEqual(["home /a Bearer canary-token", "home /b Bearer canary-token", "other /x -", "home /back -"]);
  });

  test("another port of the same host is another origin", async () => {
    const other = await serve(() => json(200, {}));
    const { origin } = await serve(() => redirect(`${other.origin}/x`));
    await outgoingFor(origin).request(get(origin, { ...seeking, headers: { "x-api-key": "canary" } }));
    expect(other.ledger.entries).toHaveLength(1);
    expect(other.ledger.holding("canary")).toEqual([]);
  });
});

describe("Z02: a public server", () => {
  async function publicServer(handle: Handle): Promise<{ serverUrl: string; victim: Listening & { ledger: Ledger }; world: World }> {
    const victim = await serve(() => json(200, { secret: true }), createLedger(), "victim");
    const listening = await serve(handle, createLedger(), "public");
    const world = worldOf({ "mcp.example": { addresses: ["8.8.8.8"], servedBy: listening.origin }, "cdn.example": { addresses: ["1.1.1.1"], servedBy: listening.origin }, "rebinding.example": { addresses: ["127.0.0.1"] } });
    return { serverUrl: "https://mcp.example/mcp", victim, world };
  }

  test("cannot send us to this machine: it sees nothing", async () => {
    const { serverUrl, victim, world } = await publicServer(() => json(200, {}));
    const outgoing = outgoingFor(serverUrl, { world });
    const { port } = victim;
    for (const host of ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "0.0.0.0", "rebinding.example"]) {
      for (const scheme of ["http", "https"]) expect((await failureOf(outgoing.request(get(`${scheme}://${host}:${String(port)}/latest`)))).code).toBe("address_private");
    }
    expect(victim.ledger.entries).toEqual([]);
  });

  test("cannot send us to a private network or to a cloud's metadata address", async () => {
    const { serverUrl, world } = await publicServer(() => json(200, {}));
    for (const host of ["10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "[fd00::1]", "[fe80::1]"]) {
      expect((await failureOf(outgoingFor(serverUrl, { world }).request(get(`https://${host}/latest/meta-data`, { timeoutMs: 500 })))).code).toBe("address_private");
    }
  });

  test.each([301, 302, 303, 307, 308])("cannot send us there by a redirect (%i) either: each hop is judged anew", async (status) => {
    const place = { port: 0 };
    const { serverUrl, victim, world } = await publicServer(({ path }) => (path === "/first" ? redirect("https://cdn.example/second", status) : redirect(`http://127.0.0.1:${String(place.port)}/`, status)));
    place.port = victim.port;
    const error = await failureOf(outgoingFor(serverUrl, { world }).request(get("https://mcp.example/first", seeking)));
    expect(error.code).toBe("address_private");
    expect(victim.ledger.entries).toEqual([]);
  });

  test("cannot send us to plain http or to another scheme by a redirect", async () => {
    for (const location of ["http://cdn.example/x", "file:///etc/passwd", "javascript:alert(1)", "https://user:pass@cdn.example/x"]) {
      const { serverUrl, world } = await publicServer(() => redirect(location));
      expect((await failureOf(outgoingFor(serverUrl, { world }).request(get("https://mcp.example/x", seeking)))).code).toBe("url_insecure");
    }
  });

  test("may name other public servers", async () => {
    const { serverUrl, world } = await publicServer(() => json(200, { good: true }));
    expect((await outgoingFor(serverUrl, { world }).request(get("https://cdn.example/x"))).text).toBe('{"good":true}');
  });

  test("is given only the addresses that were judged: a name that stands for another one a moment later changes nothing", async () => {
    const answers: Record<string, string[]> = { "mcp.example": ["8.8.8.8"], "rebinding.example": ["1.1.1.1", "127.0.0.1"] };
    const given: (readonly string[] | undefined)[] = [];
    const world: World = {
      lookup: async (name) => [answers[name]?.shift() ?? "127.0.0.1"],
      fetch: async (_, init) => {
        given.push(init?.addresses);
        throw new Error("no network in this test");
      },
    };
    const outgoing = outgoingFor("https://mcp.example/mcp", { world });
    expect((await failureOf(outgoing.request(get("https://rebinding.example/x")))).code).toBe("unreachable");
    expect((await failureOf(outgoing.request(get("https://rebinding.example/x")))).code).toBe("address_private");
    expect(given).toEqual([["1.1.1.1"]]);
  });

  test("with allowPrivate may name this machine", async () => {
    const { serverUrl, victim, world } = await publicServer(() => json(200, {}));
    await outgoingFor(serverUrl, { world, allowPrivate: true }).request(get(`${victim.origin}/x`));
    expect(victim.ledger.entries).toHaveLength(1);
  });
});
