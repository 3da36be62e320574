import { connect } from "node:net";
import { request } from "node:http";
import { expect, test } from "vitest";
import { canary, expectNowhere } from "../../rig/canary.ts";
import { ask, type AskOptions, type ServingProgram, startServing } from "../../rig/serving.ts";
import { waitUntil } from "../../rig/wait.ts";
import { openWalk, type Walk } from "../../rig/walk.ts";

async function openScene(): Promise<{ walk: Walk; serving: ServingProgram; secret: string }> {
  const walk = await openWalk();
  const secret = canary("header");
  const open = await walk.resource({ guard: "api-key", apiKey: { name: "x-api-key", value: secret } });
  await walk.configure({ open: { type: "remote", url: open.url, headers: { "X-Api-Key": secret } } });
  const serving = await startServing(walk);
  await serving.ask("GET", "/mcp");
  return { walk, serving, secret };
}

/** Everything as it is sent, and what comes back until the other side ends it. */
function raw(port: number, text: string, patienceMs = 10_000): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    const timer = setTimeout(() => socket.destroy(), patienceMs);
    socket.setEncoding("utf8").on("data", (chunk) => (received += String(chunk)));
    socket.on("error", () => undefined);
    socket.on("close", () => (clearTimeout(timer), resolve(received)));
    setTimeout(() => reject(new Error("no end")), patienceMs + 1_000).unref();
  });
}

async function statusesOf(serving: ServingProgram): Promise<unknown> {
  return (await serving.ask("GET", "/mcp")).json;
}

const changing = [
  ["POST", "/mcp", { name: "evil", config: { type: "remote", url: "http://127.0.0.1:9/mcp" } }],
  ["POST", "/mcp/open/disconnect", undefined],
  ["DELETE", "/mcp/open", undefined],
  ["DELETE", "/mcp/open/auth", undefined],
  ["POST", "/mcp/open/auth", undefined],
  ["POST", "/mcp/open/tools/echo", { arguments: { text: "x" } }],
  ["POST", "/session", undefined],
] as const;

test("Z07: without the token, with a wrong one or with somebody's cookie nothing is told and nothing changes", async () => {
  const { serving, walk } = await openScene();
  const before = await statusesOf(serving);
  const calls = walk.ledger.entries.length;
  const wrong: NonNullable<AskOptions["headers"]>[] = [{}, { authorization: "Bearer " }, { authorization: `Bearer ${serving.token.slice(0, -1)}` }, { authorization: serving.token }, { cookie: `mcpass_${String(serving.port)}=9999999999999.x` }, { cookie: `token=${serving.token}` }];
  for (const headers of wrong) {
    for (const [method, path, body] of [...changing, ["GET", "/mcp", undefined], ["GET", "/mcp/open", undefined], ["GET", "/mcp/open/tools", undefined], ["GET", "/event", undefined], ["GET", "/doc", undefined], ["GET", "/doc/reference", undefined], ["GET", "/nothing", undefined], ["GET", "/assets/app.js", undefined]] as const) {
      const answer = await ask(serving.url, method, path, { body, headers });
      expect({ method, path, status: answer.status, json: answer.json }).toEqual({ method, path, status: 401, json: { error: expect.any(String) as string, code: "unauthorized", hint: expect.stringContaining("--print-token") as string } });
      expect(answer.headers["www-authenticate"]).toBe('Bearer realm="mcpass"');
    }
  }
  expect(await ask(serving.url, "GET", `/mcp?token=${serving.token}`)).toMatchObject({ status: 401 });
  expect(await statusesOf(serving)).toEqual(before);
  expect(walk.ledger.entries.length).toBe(calls);
});

test("Z07: another Host, whatever its spelling, is refused although the token is right: DNS rebinding", async () => {
  const { serving } = await openScene();
  const { port, token } = serving;
  const before = await statusesOf(serving);
  const hosts = ["evil.test", `evil.test:${String(port)}`, "127.0.0.1", "localhost", `127.0.0.1:${String(port + 1)}`, `127.0.0.2:${String(port)}`, `localhost.:${String(port)}`, `127.0.0.1.nip.io:${String(port)}`, `user@127.0.0.1:${String(port)}`, `0.0.0.0:${String(port)}`, `127.1:${String(port)}`, `2130706433:${String(port)}`, "", ` `];
  for (const host of hosts) {
    const answer = await ask(serving.url, "POST", "/mcp/open/disconnect", { headers: { host, authorization: `Bearer ${token}` } });
    expect({ host, status: answer.status }).toEqual({ host, status: 403 });
  }
  for (const host of [`127.0.0.1:${String(port)}`, `localhost:${String(port)}`, `LOCALHOST:${String(port)}`, `[::1]:${String(port)}`]) {
    expect((await ask(serving.url, "GET", "/mcp", { headers: { host, authorization: `Bearer ${token}` } })).status).toBe(200);
  }
  const twice = await raw(port, `GET /mcp HTTP/1.1\r\nHost: 127.0.0.1:${String(port)}\r\nHost: evil.test\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  expect(twice).toMatch(/^HTTP\/1\.1 40[03] /);
  expect(await raw(port, `GET /mcp HTTP/1.0\r\nAuthorization: Bearer ${token}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 40[03] /);
  expect(await raw(port, `GET http://evil.test/mcp HTTP/1.1\r\nHost: 127.0.0.1:${String(port)}\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
  expect(await statusesOf(serving)).toEqual(before);
});

test("Z07: a page of another origin, null included, gets nothing done and no leave to read, whatever it sends", async () => {
  const { serving, walk } = await openScene();
  const { port, token, url } = serving;
  const before = await statusesOf(serving);
  const calls = walk.ledger.entries.length;
  const origins = ["https://evil.test", "null", "", `http://127.0.0.1:${String(port + 1)}`, `http://localhost`, `https://127.0.0.1:${String(port)}`, `http://127.0.0.1:${String(port)}.evil.test`, `${url}/`, "file://"];
  const forms = [{}, { "content-type": "text/plain" }, { "content-type": "application/x-www-form-urlencoded" }, { "content-type": "multipart/form-data; boundary=x" }, { "content-type": "application/json" }];
  for (const origin of origins) {
    for (const [method, path, body] of changing) {
      for (const form of forms) {
        const answer = await ask(url, method, path, { ...(body === undefined ? {} : { text: JSON.stringify(body) }), headers: { ...form, origin, authorization: `Bearer ${token}` } });
        expect({ origin, method, path, form, status: answer.status }).toEqual({ origin, method, path, form, status: 403 });
        expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
      }
    }
    const preflight = await ask(url, "OPTIONS", "/mcp", { headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization" } });
    expect([preflight.status, Object.keys(preflight.headers).filter((name) => name.startsWith("access-control"))]).toEqual([403, []]);
  }
  expect(await statusesOf(serving)).toEqual(before);
  expect(walk.ledger.entries.length).toBe(calls);
});

test("Z07: a body that is not declared as JSON is not read, even of a caller with the token", async () => {
  const { serving } = await openScene();
  const body = { name: "evil", config: { type: "remote", url: "http://127.0.0.1:9/mcp" } };
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "text/json", undefined, ""]) {
    const answer = await serving.ask("POST", "/mcp", { body, headers: { "content-type": type } });
    expect({ type, status: answer.status, json: answer.json }).toEqual({ type, status: 415, json: { error: expect.any(String) as string, code: "not_json", hint: "Content-Type: application/json" } });
  }
  expect((await serving.ask("POST", "/mcp/open/tools/echo", { body: { arguments: { text: "x" } }, headers: { "content-type": "application/json; charset=utf-8" } })).status).toBe(200);
});

test("Z07: the web page's cookie comes by a one-time link, and only its own page may use it", async () => {
  const { serving, walk } = await openScene();
  const { url, link } = serving;
  const anonymous = await ask(url, "GET", "/");
  expect([anonymous.status, anonymous.text]).toEqual([401, expect.stringContaining("mcpass serve --link")]);
  const at = (text: string): string => text.slice(url.length);
  const opened = await ask(url, "GET", at(link));
  expect([opened.status, opened.headers["location"]]).toEqual([303, "/"]);
  const [set = ""] = opened.headers["set-cookie"] as string[];
  expect(set).toMatch(new RegExp(`^mcpass_${String(serving.port)}=[^;]+; Path=/; HttpOnly; SameSite=Strict; Max-Age=86400$`));
  expect(set).not.toContain(serving.token);
  expect((await ask(url, "GET", at(link))).status).toBe(403);
  const cookie = set.split(";")[0];
  const same = { cookie, origin: url, "sec-fetch-site": "same-origin" };
  expect((await ask(url, "GET", "/mcp", { headers: same })).status).toBe(200);
  expect((await ask(url, "POST", "/mcp/open/connect", { headers: same })).status).toBe(200);
  // A page on another port of this host is the same site to a browser: the cookie comes along.
  const foreign = { cookie, "sec-fetch-site": "same-site" };
  for (const path of ["/mcp", "/mcp/open/tools", "/event", "/assets/app.js"]) expect((await ask(url, "GET", path, { headers: foreign })).status).toBe(403);
  expect((await ask(url, "POST", "/mcp/open/disconnect", { headers: { ...foreign, origin: `http://127.0.0.1:${String(serving.port + 1)}` } })).status).toBe(403);
  expect((await ask(url, "POST", "/mcp/open/disconnect", { headers: { cookie } })).status).toBe(403);
  expect((await ask(url, "GET", "/", { headers: { ...foreign, "sec-fetch-mode": "navigate" } })).status).toBe(200);
  // Another link: from a caller, and from a command that asks nobody.
  const { json } = await serving.ask("POST", "/session");
  expect((await ask(url, "GET", at((json as { url: string }).url))).status).toBe(303);
  const { stdout } = await walk.run(["serve", "--link", "--port", String(serving.port)]);
  expect((await ask(url, "GET", at(stdout.trim()))).status).toBe(303);
  expect((await ask(url, "GET", "/session?ticket=")).status).toBe(403);
  const farewell = await ask(url, "DELETE", "/session", { headers: same });
  expect(farewell.headers["set-cookie"]).toEqual([expect.stringContaining("Max-Age=0")]);
});

test("every answer forbids keeping, guessing, framing and embedding", async () => {
  const { serving } = await openScene();
  for (const [method, path, headers] of [["GET", "/mcp", {}], ["GET", "/doc/reference", {}], ["GET", "/health", {}], ["GET", "/", { authorization: undefined }], ["GET", "/nothing", {}], ["GET", "/mcp/nope", {}], ["GET", "/event", { host: "evil.test" }], ["DELETE", "/session", {}]] as const) {
    const answer = await serving.ask(method, path, { headers });
    expect({ path, ...answer.headers }).toMatchObject({ path, "cache-control": "no-store", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "content-security-policy": expect.stringMatching(/^default-src 'none';.*frame-ancestors 'none'/) as string });
    expect(answer.headers["x-powered-by"]).toBeUndefined();
  }
});

test("tricks in a path reach no other operation and no file", async () => {
  const { serving } = await openScene();
  for (const path of ["/mcp/%2e%2e/health", "/mcp/../health", "/mcp/%2E./health", "/mcp/..%2fhealth", "/assets/..%2f..%2fpackage.json", "/assets/%2e%2e%2findex.html", "/assets/..\\..\\main.cjs", "/assets/%00", "/assets/app.js%00.html", "/assets//etc/passwd", "//evil.test/mcp", "/mcp//tools", "/mcp/open/tools/", "/MCP", "/mcp/", "/doc/", "/mcp;x=1", "/mcp%2fopen"]) {
    const answer = await serving.ask("GET", path);
    expect({ path, status: answer.status }).toEqual({ path, status: expect.toSatisfy((status: number) => status === 404 || status === 400) as number });
    expect(answer.text).not.toMatch(/"dependencies"|root:|use strict/);
  }
  for (const method of ["PUT", "PATCH", "OPTIONS", "TRACE"]) expect(await serving.ask(method, "/mcp")).toMatchObject({ status: 405, headers: { allow: "GET, POST" } });
  expect((await serving.ask("HEAD", "/event")).status).toBe(405);
  for (const bad of ["/mcp/%zz", "/mcp/%ff%fe", "/mcp/%c0%ae"]) expect((await serving.ask("GET", bad)).status).toBe(404);
});

test("nothing that is sent comes back as a header, and broken requests are ended", async () => {
  const { serving } = await openScene();
  const { port, token } = serving;
  const answer = await serving.ask("GET", "/mcp/x%0d%0aSet-Cookie:%20evil=1%0d%0a");
  expect([answer.status, answer.headers["set-cookie"]]).toEqual([404, undefined]);
  expect((await ask(serving.url, "GET", "/session?ticket=x%0d%0aLocation:%20http://evil.test")).headers["location"]).toBeUndefined();
  const head = `Host: 127.0.0.1:${String(port)}\r\nAuthorization: Bearer ${token}\r\n`;
  expect(await raw(port, `GET /mcp HTTP/1.1\r\n${head}X: ${"x".repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
  expect(await raw(port, `POST /mcp HTTP/1.1\r\n${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /health HTTP/1.1\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
  expect(await raw(port, "\x16\x03\x01 hello\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
  expect((await serving.ask("GET", "/mcp")).status).toBe(200);
});

test("a body has a largest size, declared or not, and a latest end", async () => {
  const { serving } = await openScene();
  const { port, token, url } = serving;
  const large = JSON.stringify({ name: "x".repeat(300 * 1024), config: {} });
  expect(await serving.ask("POST", "/mcp", { text: large })).toMatchObject({ status: 413, json: { code: "too_large" } });
  // Without its length: it is counted as it comes.
  const chunked = await new Promise<number>((resolve, reject) => {
    const asked = request(`${url}/mcp`, { method: "POST", agent: false, headers: { authorization: `Bearer ${token}`, "content-type": "application/json" } }, (answer) => (answer.resume(), resolve(answer.statusCode ?? 0)));
    asked.on("error", reject);
    for (let part = 0; part < 10; part += 1) asked.write("x".repeat(100 * 1024));
  });
  expect(chunked).toBe(413);
  expect((await serving.ask("POST", "/mcp", { text: `${"[".repeat(100_000)}` })).status).toBe(400);
  expect((await serving.ask("POST", "/mcp/open/tools/echo", { body: { arguments: { text: "x".repeat(2_000_000) } } })).status).toBe(200);
  // Headers that never end; a slow one does not keep the others waiting.
  const slow = raw(port, "GET /mcp HTTP/1.1\r\nHost: x\r\n", 25_000);
  expect((await serving.ask("GET", "/mcp")).status).toBe(200);
  expect(await slow).toMatch(/^HTTP\/1\.1 408 /);
}, 60_000);

test("a flood of listeners is refused from a number on, and the others are served all the same", async () => {
  const { serving } = await openScene();
  const { url, token } = serving;
  const sockets: { destroy(): void }[] = [];
  const open = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const asked = request(`${url}/event`, { agent: false, headers: { authorization: `Bearer ${token}` } }, (answer) => {
        sockets.push(answer);
        answer.on("error", () => undefined);
        resolve(answer.statusCode ?? 0);
      });
      asked.on("error", reject).end();
    });
  try {
    const statuses: number[] = [];
    for (let group = 0; group < 42; group += 1) statuses.push(...(await Promise.all(Array.from({ length: 50 }, open))));
    expect([statuses.filter((status) => status === 200).length, statuses.filter((status) => status === 503).length]).toEqual([2_000, 100]);
    expect((await serving.ask("GET", "/mcp")).status).toBe(200);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  await waitUntil(async () => (await open()) === 200, "places to be free again");
  for (const socket of sockets) socket.destroy();
}, 60_000);

test("Z05: no answer holds the token, a configured credential or what the server echoes of it", async () => {
  const { serving, secret, walk } = await openScene();
  const texts: Record<string, string> = {};
  for (const [method, path] of [["GET", "/mcp"], ["GET", "/mcp/open"], ["GET", "/mcp/open/tools"], ["GET", "/mcp/open/doctor?trace=true"], ["GET", "/doc"], ["GET", "/health"], ["POST", "/mcp/open/auth"], ["POST", "/mcp/open/connect"], ["DELETE", "/mcp/open/auth"], ["GET", "/nothing"]] as const) {
    const answer = await serving.ask(method, path);
    texts[`${method} ${path}`] = answer.text + JSON.stringify(answer.headers);
  }
  expectNowhere([secret, serving.token], { texts: { ...texts, served: serving.program.stdout() + serving.program.stderr() } });
  expect(walk.printed()).toContain(serving.token);
});
