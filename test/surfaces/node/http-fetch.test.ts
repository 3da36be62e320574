import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createServer as createTcpServer } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";

import { afterEach, describe, expect, test } from "vitest";

import type { FetchAnswer } from "../../../src/base/runtime.ts";
import { createHttpFetch } from "../../../src/surfaces/node/http-fetch.ts";
import { buildScript } from "../../vault/script.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<{ url: string; port: number; connections: Socket[] }> {
  const connections: Socket[] = [];
  const server = createServer(answer).on("connection", (socket) => connections.push(socket));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, connections };
}

async function text(answer: FetchAnswer): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe("a request over node:http", () => {
  test("carries method, path, headers and body as given, and asks for no compression", async () => {
    const { url } = await serve(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString();
      response.end(JSON.stringify({ method: request.method, path: request.url, headers: request.headers, body }));
    });
    const answer = await createHttpFetch()(`${url}/a?b=c#never`, { method: "POST", headers: { "Content-Type": "application/json", "X-One": "1" }, body: '{"é":1}' });
    expect(answer.status).toBe(200);
    const seen = JSON.parse(await text(answer));
    expect(seen).toMatchObject({ method: "POST", path: "/a?b=c", body: '{"é":1}' });
    expect(seen.headers).toMatchObject({ "content-type": "application/json", "x-one": "1", "content-length": "8", "accept-encoding": "identity", accept: "*/*" });
  });

  test("reads headers whatever their case, and joins challenges sent apart", async () => {
    const { url } = await serve((_, response) => response.writeHead(401, [["WWW-Authenticate", "Basic"], ["www-authenticate", 'Bearer scope="a"'], ["Content-Length", "0"]].flat()).end());
    const answer = await createHttpFetch()(url);
    expect(answer.headers.get("Www-Authenticate")).toBe('Basic, Bearer scope="a"');
    expect(answer.headers.get("x-absent")).toBeNull();
    const names: string[] = [];
    answer.headers.forEach?.((_, name) => names.push(name));
    expect(names.filter((name) => name === "www-authenticate")).toHaveLength(2);
    expect(answer.body).toBeNull();
  });

  test("Z04: follows no redirect", async () => {
    const paths: (string | undefined)[] = [];
    const { url } = await serve((request, response) => {
      paths.push(request.url);
      response.writeHead(307, { location: "/elsewhere" }).end("moved");
    });
    const answer = await createHttpFetch()(`${url}/here`, { method: "POST", body: "secret" });
    expect([answer.status, answer.headers.get("location"), await text(answer)]).toEqual([307, "/elsewhere", "moved"]);
    expect(paths).toEqual(["/here"]);
  });

  test.each([["gzip", gzipSync("plain")], ["deflate", deflateSync("plain")], ["br", brotliCompressSync("plain")], ["identity", "plain"], ["unheard-of", "plain"]])(
    "decodes an answer sent as %s",
    async (coding, body) => {
      const { url } = await serve((_, response) => response.writeHead(200, { "content-encoding": coding }).end(body));
      expect(await text(await createHttpFetch()(url))).toBe("plain");
    },
  );

  test("a compressed answer that breaks ends its body with an error", async () => {
    const { url } = await serve((_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end("not gzip"));
    await expect(text(await createHttpFetch()(url))).rejects.toThrow(/header/);
  });

  test("refuses protocols that are not the web's", async () => {
    await expect(createHttpFetch()("file:///etc/passwd")).rejects.toThrow(TypeError);
  });
});

describe("failures", () => {
  test("a refused connection rejects with the system's code, for a literal and for a name with several addresses", async () => {
    const { port } = await serve(() => undefined);
    servers.splice(0).forEach((server) => server.close());
    await expect(createHttpFetch()(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: "ECONNREFUSED", message: expect.stringContaining("127.0.0.1") });
    await expect(createHttpFetch()(`http://localhost:${port}/`, { addresses: ["127.0.0.1", "::1"] })).rejects.toMatchObject({ code: "ECONNREFUSED", message: expect.stringContaining("127.0.0.1") });
  });

  test("a connection reset in the middle of a body ends the body with an error, also when reading starts later", async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { "content-length": "100" }).write("half");
      setTimeout(() => response.destroy(), 20);
    });
    const answer = await createHttpFetch()(url);
    await expect(text(answer)).rejects.toMatchObject({ code: "ECONNRESET" });
    const late = await createHttpFetch()(url);
    await new Promise((resolve) => setTimeout(resolve, 80));
    await expect(text(late)).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  test("a signal ends a request before the answer, before the connection, and in the middle of the body, with its reason", async () => {
    const { url, connections } = await serve((request, response) => void (request.url === "/body" && response.writeHead(200).write("first")));
    const fetch = createHttpFetch();
    const reason = new Error("enough");
    await expect(fetch(`${url}/silent`, { signal: AbortSignal.timeout(30) })).rejects.toMatchObject({ name: "TimeoutError" });
    await expect(fetch(url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(connections).toHaveLength(1);
    const controller = new AbortController();
    const answer = await fetch(`${url}/body`, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 20);
    await expect(text(answer)).rejects.toBe(reason);
    await expect.poll(() => connections.every((socket) => socket.destroyed)).toBe(true);
  });

  test("stopping to read closes the connection, even before the first chunk", async () => {
    const { url, connections } = await serve((_, response) => {
      const writing = setInterval(() => response.write("chunk"), 5);
      response.on("close", () => clearInterval(writing));
    });
    const fetch = createHttpFetch();
    const [early, later] = await Promise.all([fetch(url), fetch(url)]);
    await early.body?.[Symbol.asyncIterator]().return?.();
    for await (const chunk of later.body ?? []) {
      expect(Buffer.from(chunk).toString()).toContain("chunk");
      break;
    }
    await expect.poll(() => connections.map((socket) => socket.destroyed)).toEqual([true, true]);
  });
});

describe("connections", () => {
  test("Z02: connects only to the given addresses, whatever the name stands for", async () => {
    const { port } = await serve((request, response) => response.end(request.headers.host));
    const fetch = createHttpFetch();
    expect(await text(await fetch(`http://name.invalid:${port}/`, { addresses: ["127.0.0.1"] }))).toBe(`name.invalid:${port}`);
    await expect(fetch(`http://127.0.0.1:${port}/`, { addresses: ["127.0.0.2"] })).rejects.toMatchObject({ code: "EACCES" });
    await expect(fetch(`http://localhost:${port}/`, { addresses: [] })).rejects.toMatchObject({ code: "EACCES" });
  });

  test("Z02: a connection made for one set of addresses never serves another", async () => {
    const { port, connections } = await serve((_, response) => response.end("."));
    const fetch = createHttpFetch();
    const ask = async (addresses?: readonly string[]): Promise<string> => await text(await fetch(`http://localhost:${port}/`, addresses ? { addresses } : {}));
    await ask(["127.0.0.1"]);
    await ask(["127.0.0.1"]);
    expect(connections).toHaveLength(1);
    await expect(ask(["127.0.0.2"])).rejects.toThrow();
    await ask(["127.0.0.1", "::1"]);
    expect(connections).toHaveLength(2);
  });

  test("a form, which may redeem a refresh token, never travels on a connection used before", async () => {
    const { url, connections } = await serve((request, response) => void request.resume().on("end", () => response.end(".")));
    const fetch = createHttpFetch();
    await text(await fetch(url));
    await text(await fetch(url, { method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: "a=b" }));
    expect(connections).toHaveLength(2);
  });

  test("an answer may take longer than an idle connection is kept", async () => {
    const { url } = await serve((_, response) => void setTimeout(() => response.end("late"), 3_300));
    expect(await text(await createHttpFetch()(url))).toBe("late");
  });

  test("TLS asks for the URL's host name when the addresses are given", async () => {
    const hello = new Promise<Buffer>((resolve) => {
      const server = createTcpServer((socket) => {
        socket.on("error", () => undefined);
        socket.once("data", (data) => {
          resolve(data);
          socket.destroy();
          server.close();
        });
      }).listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo;
        createHttpFetch()(`https://issuer.example:${port}/`, { addresses: ["127.0.0.1"], headers: { host: "other.example" } }).catch(() => undefined);
      });
    });
    expect((await hello).toString("latin1")).toContain("issuer.example");
    expect((await hello).toString("latin1")).not.toContain("other.example");
  });
});

test("a program reads to the end, then ends at once with idle connections and unread answers left, and never touches the global fetch", async () => {
  const { url } = await serve((request, response) => {
    response.writeHead(200).flushHeaders();
    if (request.url !== "/endless") setTimeout(() => response.end("done"), 100);
  });
  const script = await buildScript(`
    import { createHttpFetch } from "./src/surfaces/node/http-fetch.ts";
    for (const name of ["fetch", "Headers", "Response", "Request"]) Object.defineProperty(globalThis, name, { get() { console.log("touched", name); } });
    const fetch = createHttpFetch();
    for await (const chunk of (await fetch(process.argv[2])).body) console.log(Buffer.from(chunk).toString());
    await fetch(process.argv[2] + "/endless");
    const startedAt = Date.now();
    process.on("exit", () => console.log(Date.now() - startedAt < 2500 ? "at once" : "late"));
  `);
  try {
    expect(await script.run(url)).toMatchObject({ code: 0, stdout: "done\nat once\n", stderr: "" });
  } finally {
    await script.remove();
  }
});
