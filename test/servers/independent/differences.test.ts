import { beforeAll, expect, test } from "vitest";
import manifest from "../../../package.json" with { type: "json" };
import { differences, packageOf, serverNames } from "./differences.ts";
import { packages, requireAuthorizationServers } from "./install.mjs";
import { observe } from "./observe.ts";
import { openIndependent } from "./scene.ts";

beforeAll(() => void requireAuthorizationServers(), 300_000);

test.each(serverNames)("%s answers as its column in docs/authorization-servers.md says", async (name) => {
  const { walk, issuer, server, redirectUri, byHand } = await openIndependent(name);
  const configured = name === "oauth2-server" ? { configured: byHand } : {};
  expect(await observe({ walk, issuer, resource: server.url, redirectUri, ...configured })).toEqual(differences[name]);
}, 60_000);

test("the versions in the table are those that run", () => {
  const running = [...packages, `oidc-provider@${manifest.devDependencies["oidc-provider"]}`];
  expect(Object.values(packageOf).filter((each) => !running.includes(each))).toEqual([]);
});
