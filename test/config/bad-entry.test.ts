import { describe, expect, test } from "vitest";

import { readConfiguration } from "../../src/config/config-file.ts";
import { workspace } from "./workspace.ts";

const url = "https://mcp.example.com/mcp";

async function readUser(content: string | object, environment: Record<string, string | undefined> = {}) {
  const space = await workspace(environment);
  await space.write("config/mcpass.jsonc", content);
  return { space, configuration: await readConfiguration({ runtime: space.runtime }) };
}

describe("one bad entry", () => {
  const cases: [string, object | string | number, string, RegExp, number][] = [
    ["no type", { url }, "mcp.bad.type", /is missing: it must be "remote" or "local"/, 3],
    ["a foreign type", { type: "sse", url }, "mcp.bad.type", /must be "remote" or "local"/, 3],
    ["no url", { type: "remote" }, "mcp.bad.url", /is missing: it must be an http\(s\) URL/, 3],
    ["a url of another scheme", { type: "remote", url: "file:///etc/passwd" }, "mcp.bad.url", /must be an http:\/\/ or https:\/\/ URL/, 3],
    ["user info in the url", { type: "remote", url: "https://canary:canary@x.example/mcp" }, "mcp.bad.url", /without a user name or password/, 3],
    ["a fragment", { type: "remote", url: `${url}#canary` }, "mcp.bad.url", /without a fragment/, 3],
    ["oauth: true", { type: "remote", url, oauth: true }, "mcp.bad.oauth", /must be an object of settings, or false/, 3],
    ["a port out of range", { type: "remote", url, oauth: { callbackPort: 70000 } }, "mcp.bad.oauth.callbackPort", /must be a port/, 3],
    ["a wrong word", { type: "remote", url, oauth: { pkce: "canary" } }, "mcp.bad.oauth.pkce", /must be one of "auto", "strict"/, 3],
    ["a reserved parameter", { type: "remote", url, oauth: { authorizationParams: { state: "canary" } } }, "mcp.bad.oauth.authorizationParams.state", /must not be set/, 3],
    ["an empty secret", { type: "remote", url, oauth: { clientSecret: "" } }, "mcp.bad.oauth.clientSecret", /not empty/, 3],
    ["a header with a line break", { type: "remote", url, headers: { A: "canary\r\nB: c" } }, "mcp.bad.headers.A", /one line/, 3],
    ["a header that is a number", { type: "remote", url, headers: { "X-Key": 12345678 } }, 'mcp.bad.headers.X-Key', /a text in quotes/, 3],
    ["a negative timeout", { type: "remote", url, timeout: -1 }, "mcp.bad.timeout", /milliseconds above 0/, 3],
    ["a command in one text", { type: "local", command: "npx canary" }, "mcp.bad.command", /a list of texts/, 3],
    ["an empty command", { type: "local", command: [] }, "mcp.bad.command", /a list of texts/, 3],
    ["no object", "canary", "mcp.bad", /must be an object/, 3],
    ["no object at all", 5, "mcp.bad", /must be an object/, 3],
  ];

  test.each(cases)("with %s says file, line and field, and leaves the others alone", async (_, entry, field, expectation, line) => {
    const { space, configuration } = await readUser(`{"mcp": {\n"good": ${JSON.stringify({ type: "remote", url })},\n"bad": ${JSON.stringify(entry)}\n}}`);
    expect(configuration.servers.get("good")?.error).toBeUndefined();
    const bad = configuration.servers.get("bad");
    expect(bad?.entry).toBeUndefined();
    expect(bad?.error?.code).toBe("entry_invalid");
    expect(bad?.error?.message).toMatch(expectation);
    expect(bad?.error?.message).toMatch(new RegExp(`^server "bad": ${space.userFile}:${line}:\\d+: `));
    expect(bad?.error?.details).toMatchObject({ field, file: space.userFile, line });
    expect(JSON.stringify(bad?.error)).not.toMatch(/canary|12345678|zod|invalid_/i);
  });

  test("names its field as it is written in the second shape", async () => {
    const { configuration } = await readUser({ mcp: { servers: { bad: { type: "remote", url, oauth: { client_id: 5 } }, off: { type: "remote", url, disabled: "yes" } } } });
    expect(configuration.servers.get("bad")?.error?.details).toMatchObject({ field: "mcp.servers.bad.oauth.client_id" });
    expect(configuration.servers.get("off")?.error?.details).toMatchObject({ field: "mcp.servers.off.disabled" });
  });

  test("still shows its type and URL, without what stands before the @", async () => {
    const { configuration } = await readUser({ mcp: { bad: { type: "remote", url: "https://user:canary@x.example/mcp" } } });
    expect(configuration.servers.get("bad")?.shown).toEqual({ type: "remote", url: "https://x.example/mcp", command: undefined });
  });

  test("with an unknown key is used, and a warning says what was meant", async () => {
    const { space, configuration } = await readUser({ mcp: { a: { type: "remote", url, header: {}, oauth: { clientID: "canary" } } } });
    expect(configuration.servers.get("a")?.error).toBeUndefined();
    expect(configuration.warnings).toEqual([
      expect.stringMatching(`^${space.userFile}:1:\\d+: mcp.a.header is unknown and ignored; did you mean "headers"\\?$`),
      expect.stringMatching(/mcp\.a\.oauth\.clientID is unknown and ignored; did you mean "clientId"\?$/),
    ]);
  });

  test("called __proto__ or constructor is a server like any other", async () => {
    const { configuration } = await readUser(`{"mcp": {"__proto__": {"type":"remote","url":"${url}","headers":{"__proto__":"x","constructor":"y"}}, "constructor": {"type":"remote"}}}`);
    expect([...configuration.servers.keys()]).toEqual(["__proto__", "constructor"]);
    expect(configuration.servers.get("__proto__")?.entry).toMatchObject({ url });
    expect(({} as { type?: unknown }).type).toBeUndefined();
  });
});
