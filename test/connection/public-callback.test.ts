import { createServer } from "node:net";
import { expect, test } from "vitest";

import { waitUntil } from "../rig/wait.ts";
import { canListenOn, openClosed, redirectOf, told } from "./closed.ts";
import { remote } from "./harness.ts";

const publicCallback = "https://mcp.example.com/mcp/oauth/callback";

test("H05: with a public callback nothing listens here, the client is registered as a web application, and the redirect that comes in finishes it", async () => {
  const { harness, manager } = await openClosed({}, {}, { publicCallback });
  const { authorizationUrl, oauthState } = await manager.startAuth("closed");
  expect(new URL(authorizationUrl).searchParams.get("redirect_uri")).toBe(publicCallback);
  await waitUntil(() => canListenOn(19876), "the callback port to be nobody's");
  const [registration] = harness.ledger.find({ path: "/register" });
  expect(JSON.parse(registration?.body ?? "{}")).toMatchObject({ application_type: "web", redirect_uris: [publicCallback] });
  const waiting = manager.authenticate("closed", { openBrowser: false });
  const redirect = await redirectOf(authorizationUrl);
  await expect(manager.completeCallback(redirect.replace(oauthState, "unknown"))).rejects.toMatchObject({ code: "callback_invalid" });
  expect(await manager.completeCallback(redirect)).toMatchObject({ server: "closed", result: { kind: "signed-in", verified: true } });
  expect(await waiting).toMatchObject({ kind: "signed-in" });
  expect([manager.status(), told(harness, "authorization.ended").length]).toEqual([{ closed: { status: "connected" } }, 1]);
  await expect(manager.completeCallback(redirect)).rejects.toMatchObject({ code: "callback_invalid" });
});

test("H05: a sign-in that comes back in public outlives the process that began it", async () => {
  const { harness, manager, server } = await openClosed({}, {}, { publicCallback });
  const { authorizationUrl } = await manager.startAuth("closed");
  await manager.close();
  const next = harness.manager({ closed: remote(server.url) }, [], { publicCallback });
  expect(await next.completeCallback(await redirectOf(authorizationUrl))).toMatchObject({ server: "closed", result: { kind: "signed-in" } });
  expect(next.status()).toEqual({ closed: { status: "connected" } });
});

test("H05: a refusal that comes in in public ends the sign-in with its reason, and names the server", async () => {
  const { harness, manager } = await openClosed({ approval: "deny" }, {}, { publicCallback });
  const { authorizationUrl } = await manager.startAuth("closed");
  await expect(manager.completeCallback(await redirectOf(authorizationUrl))).rejects.toMatchObject({ code: "authorization_refused", details: { server: "closed" } });
  expect([manager.status(), told(harness, "authorization.ended")]).toEqual([{ closed: { status: "needs_auth" } }, [expect.objectContaining({ outcome: "refused" })]]);
});

test("a redirect URI or port of the entry's own comes before the public callback", async () => {
  const holder = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => holder.once("listening", resolve));
  const { port } = holder.address() as { port: number };
  await new Promise((resolve) => holder.close(resolve));
  const { manager } = await openClosed({}, { oauth: { callbackPort: port } }, { publicCallback });
  const { authorizationUrl } = await manager.startAuth("closed");
  expect(new URL(authorizationUrl).searchParams.get("redirect_uri")).toBe(`http://127.0.0.1:${String(port)}/mcp/oauth/callback`);
  await fetch(authorizationUrl);
  await waitUntil(() => manager.status()["closed"]?.status === "connected", "the connection");
});

test("a redirect that belongs to a listener of this machine is not taken in public", async () => {
  const { harness, manager, server } = await openClosed({}, {}, { publicCallback });
  const other = harness.manager({ closed: remote(server.url) });
  const { authorizationUrl } = await other.startAuth("closed");
  await expect(manager.completeCallback(await redirectOf(authorizationUrl))).rejects.toMatchObject({ code: "callback_invalid" });
  expect(await other.startAuth("closed")).toMatchObject({ authorizationUrl });
});
