import { describe, expect, test } from "vitest";

import { readConfiguration } from "../../src/config/config-file.ts";
import { workspace } from "./workspace.ts";

const url = "https://mcp.example.com/mcp";

async function read(entries: object, environment: Record<string, string | undefined> = {}) {
  const space = await workspace(environment);
  await space.write("config/mcpass.jsonc", { mcp: entries });
  const load = async () => (await readConfiguration({ runtime: space.runtime })).servers;
  return { space, load };
}

describe("{env:NAME} and {file:path}", () => {
  test("are filled in in the url, headers, command, environment and oauth texts, after parsing: quotes in a value harm nothing", async () => {
    const { space, load } = await read(
      {
        remote: { type: "remote", url: "https://{env:HOST}/mcp", headers: { Authorization: "Bearer {env:TOKEN}" }, oauth: { clientSecret: "{file:~/secret}", tokenParams: { a: "{file:near}" } } },
        local: { type: "local", command: ["{env:PROGRAM}", "--x={env:HOST}"], environment: { K: "{env:TOKEN}-{env:HOST}" } },
      },
      { HOST: "h.example", TOKEN: 'quo"te\\ // {env:HOST}', PROGRAM: "run" },
    );
    await space.write("home/secret", "  from file\n");
    await space.write("config/near", "near\n");
    const servers = await load();
    expect(servers.get("remote")?.entry).toMatchObject({
      url: "https://h.example/mcp",
      headers: { Authorization: 'Bearer quo"te\\ // {env:HOST}' },
      oauth: { clientSecret: "from file", tokenParams: { a: "near" } },
    });
    expect(servers.get("local")?.entry).toMatchObject({ command: ["run", "--x=h.example"], environment: { K: 'quo"te\\ // {env:HOST}-h.example' } });
  });

  test.each([
    ["is not set", {}],
    ["is empty", { LINEAR_KEY: "" }],
  ])("X02 a variable that %s is an error for its server only, naming both", async (words, environment) => {
    const { space, load } = await read({ linear: { type: "remote", url, headers: { Authorization: "Bearer {env:LINEAR_KEY}" } }, other: { type: "remote", url } }, environment);
    const servers = await load();
    expect(servers.get("other")?.error).toBeUndefined();
    expect(servers.get("linear")?.error).toMatchObject({
      code: "variable_unset",
      message: expect.stringMatching(`^server "linear": the environment variable "LINEAR_KEY", which mcp.linear.headers.Authorization uses, ${words} \\(${space.userFile}:1:\\d+\\)$`) as string,
      details: { server: "linear", variable: "LINEAR_KEY" },
    });
    expect(servers.get("linear")?.shown.url).toBe(url);
  });

  test("a header that is empty as written is pointed out (X02)", async () => {
    const { space } = await read({ a: { type: "remote", url, headers: { Authorization: "" } } });
    expect((await readConfiguration({ runtime: space.runtime })).warnings).toEqual([expect.stringMatching(/mcp\.a\.headers\.Authorization is empty$/)]);
  });

  test.each([["absent"], ["empty"], ["."], ["nul\0"]])("a file that is %j is an error for its server only, naming the path", async (name) => {
    const { space, load } = await read({ a: { type: "remote", url, headers: { A: `{file:${name}}` } }, other: { type: "remote", url } });
    await space.write("config/empty", " \n");
    const servers = await load();
    expect(servers.get("other")?.error).toBeUndefined();
    expect(servers.get("a")?.error).toMatchObject({ code: "file_reference_unreadable", message: expect.stringContaining("mcp.a.headers.A") as string });
  });

  test("a value that does not fit its field is refused without being repeated", async () => {
    const { load } = await read({ a: { type: "remote", url: "{env:U}" }, b: { type: "remote", url, headers: { A: "{env:H}" } } }, { U: "canary not a url", H: "canary\nX: y" });
    const servers = await load();
    expect(servers.get("a")?.error?.code).toBe("entry_invalid");
    expect(servers.get("b")?.error?.code).toBe("entry_invalid");
    expect(JSON.stringify([...servers.values()].map(({ error }) => error))).not.toContain("canary");
  });
});
