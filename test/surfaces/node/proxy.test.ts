import { createServer } from "node:net";
import { onTestFinished, describe, expect, test } from "vitest";

import { createHttpFetch } from "../../../src/surfaces/node/http-fetch.ts";
import { chooseProxy } from "../../../src/surfaces/node/proxy-choice.ts";
import { type ForwardProxy, startProxy, type ProxyOptions } from "../../rig/proxy.ts";
import { createLedger, type Ledger } from "../../servers/ledger.ts";
import { html, listen, type Listening } from "../../servers/listener.ts";

function chosen(environment: Record<string, string>, url: string): string | undefined {
  return chooseProxy(environment, new URL(url))?.origin.href;
}

describe("E01: which proxy a request goes through", () => {
  const proxied = { HTTPS_PROXY: "http://secure.example:3128", HTTP_PROXY: "plain.example:8080" };

  test("goes by the protocol; lower case wins; ALL_PROXY stands in; an empty variable is none", () => {
    expect(chosen(proxied, "https://mcp.example")).toBe("http://secure.example:3128/");
    expect(chosen(proxied, "http://mcp.example")).toBe("http://plain.example:8080/");
    expect(chosen({ ...proxied, https_proxy: "https://lower.example" }, "https://mcp.example")).toBe("https://lower.example/");
    expect(chosen({ ALL_PROXY: "http://all.example" }, "https://mcp.example")).toBe("http://all.example/");
    expect(chosen({ HTTPS_PROXY: " ", HTTP_PROXY: "http://plain.example" }, "https://mcp.example")).toBeUndefined();
    expect(chosen({}, "https://mcp.example")).toBeUndefined();
  });

  test.each(["https://localhost:1", "http://127.0.0.1", "http://127.9.9.9:80", "https://[::1]/x", "http://app.localhost"])("this machine is reached straight: %s", (url) => {
    expect(chosen(proxied, url)).toBeUndefined();
  });

  test.each([
    ["example.com", "https://example.com", true],
    ["example.com", "https://mcp.example.com", true],
    [".example.com", "https://mcp.example.com", true],
    ["*.example.com", "https://mcp.example.com", true],
    ["example.com", "https://badexample.com", false],
    ["example.com:443", "https://example.com", true],
    ["example.com:8443", "https://example.com", false],
    ["a.example, EXAMPLE.com b.example", "https://example.com", true],
    ["*", "https://anything.example", true],
    ["10.0.0.0/8", "https://10.20.30.40", true],
    ["10.0.0.0/8", "https://11.0.0.1", false],
    ["10.0.0.0/99", "https://10.0.0.1", false],
    ["fd00::/8", "https://[fd12::1]", true],
    ["192.168.1.5", "https://192.168.1.5", true],
    ["[fd12::1]:443", "https://[fd12::1]", true],
    ["", "https://example.com", false],
    [".", "https://example.com", false],
  ])("NO_PROXY=%s for %s: straight is %s", (list, url, straight) => {
    expect(chosen({ ...proxied, NO_PROXY: list }, url) === undefined).toBe(straight);
  });

  test("credentials are decoded and stay apart from what may be shown; another kind of proxy is refused in words", () => {
    const proxy = chooseProxy({ HTTPS_PROXY: "http://cl%40rk:p%3Aw@secure.example" }, new URL("https://mcp.example"));
    expect([proxy?.origin.href, proxy?.authorization]).toEqual(["http://secure.example/", `Basic ${Buffer.from("cl@rk:p:w").toString("base64")}`]);
    expect(() => chosen({ HTTPS_PROXY: "socks5://u:s3cret@secure.example" }, "https://mcp.example")).toThrow(/^a proxy of the kind socks5:\/\/ cannot be used$/);
    expect(() => chosen({ HTTPS_PROXY: "http://" }, "https://mcp.example")).toThrow("the proxy variable holds no URL");
  });
});

describe("E01: plain http through a proxy", () => {
  async function open(options: ProxyOptions = {}): Promise<{ ledger: Ledger; server: Listening; proxy: ForwardProxy; url: string }> {
    const ledger = createLedger();
    const server = await listen(ledger, "server", () => html(200, "here"));
    const proxy = await startProxy({ ...options, routes: { "intranet.example:80": `127.0.0.1:${server.port}` } });
    onTestFinished(async () => void (await Promise.all([server.stop(), proxy.stop()])));
    return { ledger, server, proxy, url: "http://intranet.example/mcp?a=b" };
  }

  test("is asked for in absolute form, with the server's Host and without our credentials for the proxy", async () => {
    const { ledger, proxy, url } = await open({ credentials: { user: "u", password: "p" } });
    const answer = await createHttpFetch({ environment: { HTTP_PROXY: proxy.url } })(url, { headers: { "x-one": "1" } });
    expect(answer.status).toBe(200);
    expect(proxy.legs).toMatchObject([{ kind: "forward", target: "intranet.example:80", request: "GET /mcp", status: 200 }]);
    expect(ledger.entries[0]).toMatchObject({ path: "/mcp?a=b", headers: { host: "intranet.example", "x-one": "1" } });
    expect(ledger.entries[0]?.headers["proxy-authorization"]).toBeUndefined();
  });

  test("a proxy that wants credentials, or is not there, is named with what to do", async () => {
    const { proxy, url } = await open({ credentials: { user: "u", password: "p" } });
    await expect(createHttpFetch({ environment: { HTTP_PROXY: proxy.origin } })(url)).rejects.toMatchObject({ message: expect.stringContaining("407 and asks for credentials"), hint: expect.stringContaining("USER:PASSWORD") });
    await proxy.stop();
    await expect(createHttpFetch({ environment: { HTTP_PROXY: proxy.origin } })(url)).rejects.toMatchObject({ message: `the proxy ${proxy.origin} could not be used: ECONNREFUSED` });
  });

  test("a signal ends a tunnel that the proxy does not open", async () => {
    const deaf = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => deaf.once("listening", resolve));
    onTestFinished(() => void deaf.close());
    const { port } = deaf.address() as { port: number };
    const asked = createHttpFetch({ environment: { HTTPS_PROXY: `http://127.0.0.1:${port}` } })("https://mcp.example/", { signal: AbortSignal.timeout(100) });
    await expect(asked).rejects.toMatchObject({ name: "TimeoutError" });
  });
});
