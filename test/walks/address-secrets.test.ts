import { expect, test } from "vitest";

import { canary, expectNowhere } from "../rig/canary.ts";
import { httpHost } from "../rig/http-host.ts";
import { startServing } from "../rig/serving.ts";
import { stdioHost } from "../rig/stdio-host.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import { homeTexts } from "./places.ts";

/** Nothing that was printed and no file but the vault's has the secret: a grant is kept for the whole address, in a file that is for its owner only. */
async function expectUnseen(walk: Walk, secret: string): Promise<void> {
  const kept = Object.fromEntries(Object.entries(await homeTexts(walk)).filter(([path]) => !/^(config|data.vault)/.test(path)));
  expectNowhere([secret], { ledger: walk.ledger, except: ["resource"], texts: { printed: walk.printed(), ...kept } });
}

test("Z05 X07: a key in the address is in nothing that a bridge says or writes: not in its tool, its answers, its errors, its address to open, nor on stderr", async () => {
  const walk = await openWalk();
  const secret = canary("address");
  const { url } = await walk.resource({ trusts: await walk.issuer() });
  const shown = `${url}?api_key=…`;
  const host = stdioHost(walk.start(["bridge", `${url}?api_key=${secret}`, "--debug"], { stdin: "open", timeoutMs: 60_000 }));
  const opened = await host.open();
  expect(opened.result.serverInfo.name).toBe(shown);
  const [tool] = (await host.request("tools/list")).result.tools;
  expect(tool).toMatchObject({ name: "sign_in", title: `Sign in to ${shown}`, description: expect.stringContaining(`${shown} needs a sign-in`) });
  const said = (await host.request("tools/call", { name: "sign_in", arguments: {} })).result.content[0].text;
  expect(said).toContain(`Or run: mcpass auth "${shown}" (… stands for what is not shown: give the whole address). Then try again.`);
  const { error } = await host.request("resources/read", { uri: "test://note" });
  expect(error.data).toMatchObject({ code: "sign_in_required", command: expect.stringContaining(`mcpass auth "${shown}"`) });
  await fetch(/http\S+authorize\S+/.exec(said)?.[0] ?? "");
  await host.heard("notifications/tools/list_changed");
  expect((await host.request("tools/call", { name: "add_numbers", arguments: { a: 2, b: 3 } })).result.content[0].text).toBe("5");
  expect(walk.printed()).toContain(`Signed in to ${shown}.`);
  await expectUnseen(walk, secret);
}, 60_000);

test("Z05: nor in what the issuer and the browser are asked, where the server names no resource of its own", async () => {
  const walk = await openWalk();
  const secret = canary("address");
  const issuer = await walk.issuer();
  const { url } = await walk.resource({ trusts: issuer, metadata: {} });
  await walk.configure({ keyed: { type: "remote", url: `${url}?profile=mine&api_key=${secret}`, oauth: { issuer: issuer.issuer } } });
  expect((await walk.run(["auth", "keyed"], { browser: walk.browser() })).exitCode).toBe(0);
  expect(walk.ledger.holding(`${url}?profile=mine`).map(({ method, path }) => `${method} ${path.replace(/\?.*/, "")}`)).toEqual(expect.arrayContaining(["GET /authorize", "POST /token"]));
  await expectUnseen(walk, secret);
}, 60_000);

test("Z05: nor in what the gateway and the HTTP API say of a server with such an address", async () => {
  const walk = await openWalk();
  const secret = canary("address");
  const server = await walk.resource({ trusts: await walk.issuer() });
  await walk.configure({ keyed: { type: "remote", url: `${server.url}?api_key=${secret}` } });
  const serving = await startServing(walk);
  const said: string[] = [];
  for (const path of ["/gateway", "/gateway/keyed"]) {
    const host = httpHost(`${serving.url}${path}`, serving.token);
    await host.open();
    for (const [method, params] of [["tools/list", {}], ["tools/call", { name: "sign_in", arguments: {} }], ["tools/call", { name: "keyed__sign_in", arguments: {} }], ["resources/read", { uri: "test://note" }]] as const) await host.request(method, params);
    said.push(JSON.stringify(host.messages()));
  }
  expect(said.join("")).toContain("/authorize?");
  for (const [method, path] of [["POST", "/mcp/keyed/auth"], ["POST", "/mcp/keyed/connect"], ["GET", "/mcp"], ["GET", "/mcp/keyed"]] as const) {
    said.push(await (await fetch(`${serving.url}${path}`, { method, headers: { authorization: `Bearer ${serving.token}` } })).text());
  }
  expectNowhere([secret], { texts: { said: said.join("\n") } });
  await expectUnseen(walk, secret);
}, 60_000);

test("Z05: nor in what commands print about such an address, as words or as JSON; an address as it is shown is not sent anywhere", async () => {
  const walk = await openWalk();
  const secret = canary("address");
  const server = await walk.resource({ trusts: await walk.issuer() });
  const word = `${server.url}?api_key=${secret}`;
  const shown = `${server.url}?api_key=…`;
  await walk.configure({ keyed: { type: "remote", url: word } });
  for (const args of [["call", word, "echo", "text=x"], ["tools", word, "--json"], ["inspect", word], ["inspect", word, "--call-all"], ["call", `http://127.0.0.1:9/mcp?api_key=${secret}`, "echo"], ["doctor", word, "--json"], ["list"], ["list", "--json"], ["call", "keyed", "echo", "text=x", "--verbose"]]) await walk.run(args);
  expect((await walk.run(["call", word, "echo", "text=x"])).stderr).toContain(`hint: mcpass auth "${shown}" (… stands for what is not shown: give the whole address)`);
  const requests = walk.ledger.count({});
  const pasted = await walk.run(["auth", shown]);
  expect([pasted.exitCode, pasted.stdout]).toEqual([2, ""]);
  expect(pasted.stderr).toContain(`"${shown}" is an address as it is shown`);
  expect(walk.ledger.count({})).toBe(requests);
  expect((await walk.run(["auth", word, "--json"], { browser: walk.browser() })).exitCode).toBe(0);
  expect((await walk.run(["call", "keyed", "echo", "text=x"])).exitCode).toBe(0);
  await walk.run(["auth", word]);
  await walk.run(["auth", "list"]);
  await walk.run(["auth", "list", "--json"]);
  await walk.run(["vault", "history", word]);
  await walk.run(["list", "--offline"]);
  await walk.run(["logout", word, "--json"]);
  await expectUnseen(walk, secret);
}, 60_000);
