import { writeFile } from "node:fs/promises";

import fc from "fast-check";
import { expect, test } from "vitest";

import { McpassError } from "../../src/base/errors.ts";
import { readConfiguration } from "../../src/config/config-file.ts";
import { describeProject } from "../../src/config/describe-project.ts";
import { addServer, removeServer } from "../../src/config/edit-config.ts";
import { workspace } from "./workspace.ts";

/** A value, or a McpassError; any other exception fails the property. */
async function valueOrError<T>(work: () => Promise<T>): Promise<T | McpassError> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof McpassError) return thrown;
    throw thrown;
  }
}

const key = fc.constantFrom(
  "type", "url", "headers", "oauth", "enabled", "disabled", "timeout", "command", "environment", "cwd", "account", "transport", "client_id", "clientId",
  "callbackPort", "resource", "authorizationParams", "startup", "servers", "mcp", "experimental", "mcp_timeout", "__proto__", "constructor", "toString", "a", "",
);
const text = fc.oneof(fc.string(), fc.constantFrom("remote", "local", "https://x.example/", "{env:A}", "{env:SET}", "{file:x}", "{file:~/}", "{env:}", "{file:\0}", "http://[", "\uD800"));
const { json } = fc.letrec((tie) => ({
  json: fc.oneof({ depthSize: "small", withCrossShrink: true }, text, fc.double(), fc.boolean(), fc.constant(null), fc.array(tie("json"), { maxLength: 3 }), tie("object")),
  object: fc.array(fc.tuple(fc.oneof(key, fc.string()), tie("json")), { maxLength: 5 }).map((members) => ({ members })),
}));

/** JSON text with any keys, twice too, which no JavaScript object could hold. */
function written(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(written).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const { members } = value as { members: [string, unknown][] };
  return `{${members.map(([name, item]) => `${JSON.stringify(name)}:${written(item)}`).join(",")}}`;
}

const configText = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  json.map((value) => Buffer.from(written(value))),
  json.map((value) => Buffer.from(`{"mcp":${written(value)}}`)),
  json.map((value) => Buffer.from(`{"mcp":{"a":${written(value)},"b":{"type":"remote","url":"https://x.example/","oauth":${written(value)}}}}`)),
  fc.tuple(json, fc.nat(), fc.string()).map(([value, at, junk]) => {
    const whole = `{"mcp":{"a":${written(value)}}}`;
    return Buffer.from(whole.slice(0, at % whole.length) + junk + whole.slice(at % whole.length));
  }),
);

test("any bytes and any JSON give a configuration or a McpassError, never another exception", { timeout: 60_000 }, async () => {
  const space = await workspace({ SET: "value", A: "" });
  await space.write("config/mcpass.jsonc", "{}");
  await space.write("project/mcpass.jsonc", "{}");
  await fc.assert(
    fc.asyncProperty(configText, configText, async (user, project) => {
      await Promise.all([writeFile(space.userFile, user), writeFile(space.projectFile, project)]);
      const read = await valueOrError(() => readConfiguration({ runtime: space.runtime }));
      if (read instanceof McpassError) expect(["config_invalid", "config_unreadable"]).toContain(read.code);
      else for (const server of read.servers.values()) expect((server.entry === undefined) !== (server.error === undefined)).toBe(true);
      await valueOrError(() => describeProject(space.runtime, "."));
    }),
    { numRuns: 400 },
  );
});

test("adding a server to any file and removing it again leaves the other servers as they were", { timeout: 60_000 }, async () => {
  const space = await workspace({ SET: "value" });
  await space.write("config/mcpass.jsonc", "{}");
  const shown = async () => {
    const read = await valueOrError(() => readConfiguration({ runtime: space.runtime }));
    return read instanceof McpassError ? read.code : [...read.servers].map(([name, { entry, error }]) => [name, entry, error?.code]);
  };
  await fc.assert(
    fc.asyncProperty(configText, async (user) => {
      await writeFile(space.userFile, user);
      const before = await shown();
      const added = await valueOrError(() => addServer(space.runtime, { name: "added-here", value: { type: "remote", url: "https://added.example/" } }));
      if (added instanceof McpassError) {
        expect(await shown()).toEqual(before);
        return;
      }
      expect(await shown()).toEqual([...(before as unknown[]), expect.arrayContaining(["added-here"])]);
      await removeServer(space.runtime, { name: "added-here" });
      expect(await shown()).toEqual(before);
    }),
    { numRuns: 200 },
  );
});
