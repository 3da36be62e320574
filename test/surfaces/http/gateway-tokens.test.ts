import { join } from "node:path";
import { expect, test } from "vitest";
import { openGatewayTokens } from "../../../src/access/gateway-tokens.ts";
import { ask, startServing } from "../../rig/serving.ts";
import { openWalk } from "../../rig/walk.ts";

const paths = ["/gateway", "/gateway/", "/gateway/open", "/gateway/my%20server"];

test("Z07: a program's own token opens the gateway and nothing else, and no longer than it is not revoked", async () => {
  const walk = await openWalk();
  await walk.configure({ open: { type: "local", command: ["node", "-e", "0"], enabled: false } });
  const tokens = openGatewayTokens(join(walk.home.directory, "data"), Date.now);
  const serving = await startServing(walk);
  const { token } = await tokens.make("cursor", "/there/mcp.json");
  const status = async (path: string, authorization: string, method = "POST"): Promise<number> => (await ask(serving.url, method, path, { headers: { authorization } })).status;
  for (const path of paths) {
    expect([path, await status(path, `Bearer ${token}`), await status(path, `Bearer ${token}x`), await status(path, "Bearer ")]).toEqual([path, expect.not.toBeOneOf([401, 403]) as number, 401, 401]);
  }
  const elsewhere = [
    ["GET", "/mcp"],
    ["POST", "/mcp"],
    ["GET", "/mcp/open"],
    ["DELETE", "/mcp/open"],
    ["DELETE", "/mcp/open/auth"],
    ["POST", "/mcp/open/auth"],
    ["POST", "/mcp/open/tools/echo"],
    ["GET", "/event"],
    ["POST", "/session"],
    ["GET", "/doc"],
    ["GET", "/gatewayx"],
    ["GET", "/Gateway/open"],
    ["GET", "/%67ateway/open"],
    ["GET", "/mcp?/gateway/open"],
    ["GET", "/mcp#/gateway/open"],
    ["GET", "/gateway\t/../mcp"],
    // A public operation too is refused to who shows what is not good for it.
    ["GET", "/health"],
  ] as const;
  for (const [method, path] of elsewhere) expect([method, path, await askRaw(serving.port, method, path, token)]).toEqual([method, path, expect.toBeOneOf([400, 401]) as number]);
  for (const path of ["/gateway/../mcp", "/gateway/%2e%2e/mcp", "/gateway/./../mcp/open", "/gateway\\..\\mcp"]) expect([path, await askRaw(serving.port, "GET", path, token)]).toEqual([path, 400]);
  expect((await ask(serving.url, "POST", "/gateway/open", { headers: {} })).json).toMatchObject({ code: "unauthorized", hint: expect.stringContaining("mcpass install CLIENT --gateway") as string });
  const [revoked] = await tokens.revoke(() => true);
  expect([revoked?.program, await status("/gateway/open", `Bearer ${token}`)]).toEqual(["cursor", 401]);
  const { token: again } = await tokens.make("cursor", "/there/mcp.json");
  expect([await status("/gateway/open", `Bearer ${token}`), await status("/gateway/open", `Bearer ${again}`)]).toEqual([401, expect.not.toBeOneOf([401, 403]) as number]);
  expect(walk.printed().includes(token) || walk.printed().includes(again)).toBe(false);
});

/** The status, with the path exactly as given: also what Node's own client would refuse to send. */
async function askRaw(port: number, method: string, path: string, token: string): Promise<number> {
  const { connect } = await import("node:net");
  return new Promise((resolve, reject) => {
    let received = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(`${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${String(port)}\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`));
    socket.setEncoding("utf8").on("data", (chunk) => (received += String(chunk)));
    socket.on("error", reject);
    socket.on("close", () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(received)?.[1] ?? 0)));
  });
}
