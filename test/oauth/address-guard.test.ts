import { describe, expect, test } from "vitest";
import { createAddressGuard, requireHttp } from "../../src/oauth/address-guard.ts";
import { failureOf } from "./failure-of.ts";

const places: Readonly<Record<string, readonly string[]>> = {
  "public.example": ["8.8.8.8", "2606:4700::1"],
  "other.example": ["1.1.1.1"],
  "intranet.example": ["10.0.0.5"],
  "wiki.intranet.example": ["10.0.0.6"],
  "loopback.example": ["127.0.0.1"],
  "metadata.example": ["169.254.169.254"],
  "mixed.example": ["8.8.8.8", "127.0.0.1"],
};

function guardOf(serverUrl: string, allowPrivate = false): { guard: ReturnType<typeof createAddressGuard>; asked: string[] } {
  const asked: string[] = [];
  const lookup = async (hostname: string): Promise<readonly string[]> => {
    asked.push(hostname);
    if (/^[\d.:a-f]+$/.test(hostname)) return [hostname];
    const found = places[hostname];
    if (found === undefined) throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: "ENOTFOUND" });
    return found;
  };
  return { guard: createAddressGuard({ runtime: { lookup }, serverUrl, allowPrivate }), asked };
}

async function verdict(serverUrl: string, target: string, allowPrivate = false): Promise<string> {
  try {
    const addresses = await guardOf(serverUrl, allowPrivate).guard.check(target, "token");
    return addresses === undefined ? "allowed" : `only ${addresses.join(" ")}`;
  } catch (thrown) {
    return (thrown as { code: string }).code;
  }
}

describe("Z02: where a server may send us", () => {
  test.each([
    ["https://public.example/mcp", { public: "only 1.1.1.1", private: "address_private", loopback: "address_private", "link-local": "address_private" }],
    ["https://intranet.example/mcp", { public: "only 1.1.1.1", private: "only 10.0.0.6", loopback: "address_private", "link-local": "address_private" }],
    ["http://127.0.0.1:1/mcp", { public: "only 1.1.1.1", private: "only 10.0.0.6", loopback: "allowed", "link-local": "address_private" }],
    ["https://169.254.1.1/mcp", { public: "only 1.1.1.1", private: "address_private", loopback: "address_private", "link-local": "address_private" }],
    ["https://mixed.example/mcp", { public: "only 1.1.1.1", private: "address_private", loopback: "address_private", "link-local": "address_private" }],
    ["https://unresolvable.example/mcp", { public: "only 1.1.1.1", private: "address_private", loopback: "address_private", "link-local": "address_private" }],
  ])("%s", async (server, expected) => {
    const targets = { public: "https://other.example/t", private: "https://wiki.intranet.example/t", loopback: "https://loopback.example/t", "link-local": "https://metadata.example/t" };
    const found = await Promise.all(Object.entries(targets).map(async ([kind, target]) => [kind, await verdict(server, target)]));
    expect(Object.fromEntries(found)).toEqual(expected);
    for (const target of Object.values(targets)) expect(await verdict(server, target, true)).toMatch(/^(allowed|only )/);
    expect(await verdict(server, "http://wiki.intranet.example/t", true)).toBe("only 10.0.0.6");
    expect(await verdict(server, "http://other.example/t", true)).toBe("url_insecure");
  });

  test.each(["https://127.0.0.1/x", "https://2130706433/x", "https://0x7f.1/x", "https://[::1]/x", "https://[::ffff:10.0.0.1]/x", "https://[64:ff9b::a9fe:a9fe]/x", "https://100.64.0.1/x", "https://[fd00::1]/x", "https://0.0.0.0/x", "https://localhost/x", "https://a.localhost/x"])(
    "a public server may not name %s",
    async (target) => {
      expect(await verdict("https://public.example/mcp", target)).toBe("address_private");
    },
  );

  test("one private address among public ones is enough to refuse a target, and the addresses that were judged are the ones to connect to", async () => {
    expect(await verdict("https://public.example/mcp", "https://mixed.example/t")).toBe("address_private");
    expect(await verdict("https://other.example/mcp", "https://public.example/t")).toBe("only 8.8.8.8 2606:4700::1");
  });

  test("a target whose name does not resolve is never left to a second lookup that might say otherwise", async () => {
    const { guard } = guardOf("https://public.example/mcp");
    await expect(guard.check("https://unresolvable.example/t", "token")).rejects.toMatchObject({ code: "ENOTFOUND" });
    expect((await failureOf(guard.check("http://unresolvable.example/t", "token"))).code).toBe("url_insecure");
  });

  test("the server's own origin is never looked up, another port of it is", async () => {
    const { guard, asked } = guardOf("https://public.example/mcp");
    expect(await guard.check("https://public.example/.well-known/x", "resource metadata")).toBeUndefined();
    expect(asked).toEqual([]);
    expect(await guard.check("https://public.example:8443/x", "issuer metadata")).toEqual(places["public.example"]);
    expect(asked).toEqual(["public.example", "public.example"]);
  });

  test("the server is looked up once, however many targets it names", async () => {
    const { guard, asked } = guardOf("https://public.example/mcp");
    for (const path of ["a", "b"]) await guard.check(`https://other.example/${path}`, "token");
    expect(asked.filter((hostname) => hostname === "public.example")).toHaveLength(1);
  });

  test("a refusal names the server, the target, its leg and the way out, and says that nothing was sent", async () => {
    const error = await failureOf(guardOf("https://public.example/mcp").guard.check("https://wiki.intranet.example/token?code=abc", "token"));
    expect(error.message).toBe("The server https://public.example names https://wiki.intranet.example/token?code=… as its token URL, which is on a private network; nothing was sent there.");
    expect(error.hint).toContain('"allowPrivate": true');
    expect(error.details).toMatchObject({ leg: "token", reach: "private" });
  });
});

describe("Q-12: plain http", () => {
  test.each([
    ["https://public.example/mcp", "http://other.example/t", "url_insecure"],
    ["http://public.example/mcp", "http://other.example/t", "url_insecure"],
    ["http://127.0.0.1:1/mcp", "http://other.example/t", "url_insecure"],
    ["http://127.0.0.1:1/mcp", "http://wiki.intranet.example/t", "url_insecure"],
    ["http://127.0.0.1:1/mcp", "http://loopback.example/t", "url_insecure"],
    ["http://127.0.0.1:1/mcp", "http://127.0.0.1:2/t", "allowed"],
    ["http://127.0.0.1:1/mcp", "http://localhost:2/t", "allowed"],
    ["http://127.0.0.1:1/mcp", "http://[::1]:2/t", "allowed"],
    ["http://intranet.example/mcp", "http://wiki.intranet.example/t", "url_insecure"],
    ["http://intranet.example/mcp", "http://intranet.example:81/t", "only 10.0.0.5"],
    ["https://intranet.example/mcp", "http://intranet.example:81/t", "url_insecure"],
    ["http://public.example/mcp", "http://public.example:81/t", "url_insecure"],
  ])("%s naming %s: %s", async (server, target, expected) => {
    expect(await verdict(server, target)).toBe(expected);
  });
});

describe("Q-18: a URL that a server names", () => {
  test.each(["file:///etc/passwd", "javascript:alert(1)", "data:text/html,x", "ms-msdt:/id", "ftp://h/x", "unix:/var/run/docker.sock", "--flag", "", "//host/x", "/relative", "https://user:pass@h/x", "https://user@h/x"])("is refused as %j, also with allowPrivate", async (url) => {
    for (const allowPrivate of [false, true]) {
      const error = await failureOf(guardOf("http://127.0.0.1:1/mcp", allowPrivate).guard.check(url, "authorization"));
      expect(error.code).toBe("url_insecure");
      expect(error.message).not.toContain("pass@");
      expect(error.message).toContain("authorization URL");
    }
  });

  test("is given back parsed when it is http or https", () => {
    expect(requireHttp("HTTPS://H/x", "token").href).toBe("https://h/x");
  });
});

describe("Z02, E01: with a proxy that resolves names", () => {
  const asked: string[] = [];
  const lookup = async (hostname: string): Promise<readonly string[]> => (asked.push(hostname), [hostname]);
  const guard = createAddressGuard({ runtime: { lookup, throughProxy: async () => true }, serverUrl: "https://mcp.example/mcp", allowPrivate: false });

  test("names are not resolved here and nothing is pinned; plain http stays refused", async () => {
    expect(await guard.check("https://login.example/token", "token")).toBeUndefined();
    expect((await failureOf(guard.check("http://login.example/token", "token"))).code).toBe("url_insecure");
    expect(asked).toEqual([]);
  });

  test.each(["https://10.0.0.5/token", "https://127.0.0.1/token", "https://[::1]/token", "https://localhost/token", "https://169.254.169.254/token"])("an address written out is judged all the same: %s", async (url) => {
    expect((await failureOf(guard.check(url, "token"))).code).toBe("address_private");
  });
});
