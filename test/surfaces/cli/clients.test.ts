import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { freePort } from "../../rig/free-port.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../../servers/authorization-server.ts";
import { openWalk, type Walk } from "../../rig/walk.ts";

async function openNotes(options: AuthorizationServerOptions = {}): Promise<{ readonly walk: Walk; readonly issuer: AuthorizationServer; readonly port: number; readonly file: string; readonly run: (...args: string[]) => ReturnType<Walk["run"]> }> {
  const walk = await openWalk();
  const port = await freePort();
  const redirect_uris = [`http://127.0.0.1:${port}/mcp/oauth/callback`];
  const issuer = await walk.issuer({ clients: ["first", "second"].map((client_id) => ({ client_id, client_secret: "s3cret-of-mine", redirect_uris })), ...options });
  const server = await walk.resource({ trusts: issuer });
  const file = await walk.configure({ notes: { type: "remote", url: server.url, oauth: { callbackPort: port } } });
  const browser = walk.browser();
  return { walk, issuer, port, file, run: (...args) => walk.run(args, { browser, env: { SECRET: "s3cret-of-mine" } }) };
}

test("a client is set, changed and forgotten, and the next sign-in goes by it (R09)", async () => {
  const { issuer, file, run, walk } = await openNotes();
  const clientOf = async (): Promise<string> => {
    expect((await run("auth", "notes", "--force")).exitCode).toBe(0);
    return new URLSearchParams(walk.ledger.find({ path: "/token" }).at(-1)?.body).get("client_id") ?? atob(walk.ledger.find({ path: "/token" }).at(-1)?.headers["authorization"]?.split(" ")[1] ?? "").split(":")[0] ?? "";
  };
  expect((await run("clients", "set", "notes", "--client-id", "first", "--client-secret-env", "SECRET")).exitCode).toBe(0);
  expect(await clientOf()).toBe("first");
  await run("clients", "set", "notes", "--client-id", "second");
  expect(await clientOf()).toBe("second");
  expect(await readFile(file, "utf8")).toMatch(/"callbackPort"[^]*"clientId": "second",\s+"clientSecret": "\{env:SECRET\}"/);
  expect((await run("clients", "show", "notes")).stdout).toMatch(/second {2}configured, with a secret[^]*for notes, in .*mcpass\.jsonc:\d+/);
  expect((await run("clients", "forget", "notes")).exitCode).toBe(0);
  expect(await readFile(file, "utf8")).not.toMatch(/clientId|clientSecret/);
  expect(issuer.store.clients.has(await clientOf())).toBe(true);
  expect(walk.printed()).not.toContain("s3cret-of-mine");
}, 60_000);

test("clients lists what is registered: where, how old, for which server, and where it comes back to; as JSON too (R09)", async () => {
  const { issuer, port, run } = await openNotes({ issueSecret: "always", secretLifetimeSeconds: 7200, clientConfiguration: "on" });
  expect((await run("clients")).stdout).toBe("No clients are configured or stored.\n");
  await run("auth", "notes");
  const { stdout } = await run("clients", "list");
  expect(stdout).toMatch(new RegExp(`registered by mcpass \\d+ s ago\\n +at ${issuer.issuer}, for notes\\n +http://127\\.0\\.0\\.1:${port}/mcp/oauth/callback, a secret that ends in 1 h 5\\d min, can be deleted at the issuer`));
  const { clients } = JSON.parse((await run("clients", "--json")).stdout) as { clients: Record<string, unknown>[] };
  expect(clients).toMatchObject([{ from: "dcr", stored: true, issuer: issuer.issuer, servers: ["notes"], deletable: true, hasSecret: true }]);
}, 60_000);

test("forgetting a registered client makes the next sign-in register", async () => {
  const { walk, run } = await openNotes();
  await run("auth", "notes");
  expect((await run("clients", "forget", "notes")).stderr).toContain("Forgot client-");
  await run("auth", "notes", "--force");
  expect(walk.ledger.count({ path: "/register" })).toBe(2);
}, 60_000);

test("delete tells the issuer, and then forgets; where the issuer fails or does not offer it, the client is kept", async () => {
  const { walk, issuer, run } = await openNotes({ clientConfiguration: "on", clientConfigurationAnswer: ["unavailable", "ok"] });
  await run("auth", "notes");
  const failed = await run("clients", "delete", "notes");
  expect([failed.exitCode, failed.stderr]).toEqual([1, expect.stringContaining("was not deleted")]);
  expect(issuer.store.clients.size).toBe(1);
  expect(await run("clients", "delete", "notes")).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("Deleted client-") as string });
  expect(issuer.store.clients.size).toBe(0);
  expect(walk.printed()).not.toMatch(/registration_access_token|"registrationAccessToken"/);
  await run("auth", "notes", "--force");
  expect(walk.ledger.count({ path: "/register" })).toBe(2);
  const other = await openNotes();
  await other.run("auth", "notes");
  expect(await other.run("clients", "delete", "notes")).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("does not offer it") as string });
}, 60_000);

test("clients that are not there are wrong usage", async () => {
  const { run } = await openNotes();
  for (const words of [["show", "nots"], ["forget", "notes"], ["delete", "notes"], ["set", "notes"], ["set", "nots", "--client-id", "x"]]) expect(await run("clients", ...words)).toMatchObject({ exitCode: 2, stdout: "" });
}, 60_000);

test("client-metadata prints the document to host, with fixed ports in both spellings of loopback (R07)", async () => {
  const walk = await openWalk();
  const { stdout, stderr, exitCode } = await walk.run(["client-metadata", "--url", "https://me.example/mcpass.json", "--redirect-port", "4001", "--redirect-port", "4002"]);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    client_id: "https://me.example/mcpass.json",
    client_name: "mcpass",
    redirect_uris: ["http://127.0.0.1:4001/mcp/oauth/callback", "http://localhost:4001/mcp/oauth/callback", "http://127.0.0.1:4002/mcp/oauth/callback", "http://localhost:4002/mcp/oauth/callback"],
    application_type: "native",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
  });
  expect(stderr).toContain('"clientMetadataUrl": "https://me.example/mcpass.json", "callbackPort": 4001');
  expect((await walk.run(["client-metadata", "--url", "http://me.example/x"])).exitCode).toBe(2);
});
