import { describe, expect, test } from "vitest";

import { readConfiguration } from "../../src/config/config-file.ts";
import { entryForAddress, isAddress } from "../../src/config/entry-address.ts";
import { editDistance, nearestName } from "../../src/config/nearest-name.ts";
import { readHeaderFlags, withOverrides } from "../../src/config/override-entry.ts";
import { requireServer } from "../../src/config/require-server.ts";
import { failure, workspace } from "./workspace.ts";

const url = "https://mcp.example.com/mcp";

async function configured() {
  const space = await workspace();
  await space.write("config/mcpass.jsonc", {
    mcp: {
      linear: { type: "remote", url, headers: { Authorization: "old", "X-Kept": "k" }, oauth: { clientId: "old", scope: "s" } },
      off: { type: "remote", url, oauth: false },
      local: { type: "local", command: ["x"] },
      broken: { type: "remote", url: "{env:NOT_THERE}" },
    },
  });
  return readConfiguration({ runtime: space.runtime });
}

describe("a flag", () => {
  test("takes the place of what the entry says, for this run", async () => {
    const server = requireServer(await configured(), "linear");
    const flags = { headers: readHeaderFlags(["authorization: Bearer a=b", "X-New=c:d"]), clientId: "new", callbackPort: 4000, resource: "none", transport: "sse", protocol: "legacy", account: "work" } as const;
    expect(withOverrides(server, flags).entry).toMatchObject({
      headers: { authorization: "Bearer a=b", "X-Kept": "k", "X-New": "c:d" },
      oauth: { clientId: "new", scope: "s", callbackPort: 4000, resource: false },
      transport: "sse",
      protocol: "legacy",
      account: "work",
    });
    expect(Object.keys((withOverrides(server, flags).entry as { headers: object }).headers)).not.toContain("Authorization");
    expect(server.entry).toMatchObject({ headers: { Authorization: "old" } });
    expect(withOverrides(server, { clientId: undefined })).toBe(server);
  });

  test("for OAuth turns it on where the entry has oauth: false", async () => {
    const off = requireServer(await configured(), "off");
    expect(withOverrides(off, { transport: "http" }).entry).toMatchObject({ oauth: false });
    expect(withOverrides(off, { clientMetadataUrl: "https://c.example/id.json" }).entry).toMatchObject({ oauth: { clientMetadataUrl: "https://c.example/id.json" } });
  });

  test("of the wrong form is a usage error that names the flag and never its value", async () => {
    const server = requireServer(await configured(), "linear");
    const message = async (overrides: object) => {
      const error = await failure(() => withOverrides(server, overrides));
      expect(error.code).toBe("usage");
      expect(JSON.stringify(error)).not.toContain("canary");
      return error.message;
    };
    expect(await message({ callbackPort: 0 })).toMatch(/^--callback-port must be a port/);
    expect(await message({ resource: "canary" })).toMatch(/^--resource must be an absolute URI/);
    expect(await message({ headers: { A: "canary\n" } })).toMatch(/^--header A must be one line/);
    expect(await message({ transport: "canary" })).toMatch(/^--transport must be one of/);
    expect((await failure(() => readHeaderFlags(["canary"]))).message).not.toContain("canary");
  });

  test("of remote servers is refused on a local one; a server with an error keeps it", async () => {
    const configuration = await configured();
    expect(await failure(() => withOverrides(requireServer(configuration, "local"), { clientId: "x" }))).toMatchObject({ code: "usage", message: expect.stringContaining("--client-id") as string });
    expect(withOverrides(requireServer(configuration, "local"), { protocol: "legacy" }).entry).toMatchObject({ protocol: "legacy" });
    expect(withOverrides(requireServer(configuration, "broken"), { clientId: "x" }).error?.code).toBe("variable_unset");
  });
});

describe("a name", () => {
  test("that is unknown names the nearest", async () => {
    const configuration = await configured();
    expect(await failure(() => requireServer(configuration, "liner"))).toMatchObject({ code: "server_unknown", hint: 'did you mean "linear"?' });
    expect(await failure(() => requireServer(configuration, "zzzzzzzz"))).toMatchObject({ hint: "mcpass list" });
    expect(await failure(() => requireServer(configuration, "__proto__"))).toMatchObject({ code: "server_unknown" });
    expect(await failure(() => requireServer({ ...configuration, servers: new Map() }, "a"))).toMatchObject({ hint: "mcpass add NAME URL" });
  });

  test.each([
    ["lniear", "linear"],
    ["GitHub", "github"],
    ["gh", undefined],
    ["x", undefined],
  ])("%s is nearest to %s", (name, nearest) => {
    expect(nearestName(name, ["linear", "github", "sentry"])).toBe(nearest);
  });
});

test("swapping two neighbours is one edit", () => {
  expect([editDistance("lniear", "linear"), editDistance("", "abc"), editDistance("kitten", "sitting")]).toEqual([1, 3, 3]);
});

describe("an address in place of a name", () => {
  test.each([[url], ["http://127.0.0.1:4101/mcp"], ["http://localhost:1/"], ["http://[::1]:9/x"]])("may be %s", (address) => {
    expect(isAddress(address)).toBe(true);
    expect(entryForAddress(address)).toMatchObject({ name: address, enabled: true, error: undefined, source: { layer: "address" }, entry: { type: "remote", url: address, headers: {}, oauth: undefined } });
  });

  test.each([
    ["http://intranet.example/mcp?canary", /plain http: a token sent there could be read/],
    ["http://127.0.0.1.example.com/", /plain http/],
    ["https://u:canary@x.example/", /without a user name/],
    ["https://x.example/#canary", /without a fragment/],
    ["https://", /must be an http:\/\/ or https:\/\/ URL/],
    ["ftp://x", /must be an http:\/\/ or https:\/\/ URL/],
  ])("may not be %s", async (address, why) => {
    const error = await failure(() => entryForAddress(address));
    expect(error.code).toBe("usage");
    expect(error.message).toMatch(why);
    expect(JSON.stringify(error)).not.toContain("canary");
  });
});
