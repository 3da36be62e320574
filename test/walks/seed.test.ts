import { expect, test } from "vitest";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import type { ResourceServer, ResourceServerOptions } from "../servers/resource-server.ts";
import { expectKept } from "./places.ts";

const resourceMetadata = "/.well-known/oauth-protected-resource/example-server";
const look = ["resource POST /example-server initialize → 200", "resource POST /example-server notifications/initialized → 202", "resource POST /example-server tools/list → 200", "resource DELETE /example-server → 200"];

interface Seed {
  readonly walk: Walk;
  readonly issuer: AuthorizationServer;
  readonly server: ResourceServer;
}

async function plant(issuerOptions: AuthorizationServerOptions, serverOptions: ResourceServerOptions): Promise<Seed> {
  const walk = await openWalk();
  const issuer = await walk.issuer(issuerOptions);
  const server = await walk.resource({ trusts: issuer, path: "/example-server", metadata: { [resourceMetadata]: "document" }, challengeMetadata: resourceMetadata, ...serverOptions });
  await walk.configure({ example: { type: "remote", url: server.url } });
  return { walk, issuer, server };
}

/** Runs the program; gives what it printed with its exit code, and the requests it and its browser made. */
async function step(walk: Walk, args: readonly string[]): Promise<{ exitCode: number | null; stdout: string; stderr: string; requests: string[] }> {
  const before = walk.ledger.entries.length;
  const { exitCode, stdout, stderr } = await walk.run(args, { browser: walk.browser() });
  return { exitCode, stdout, stderr, requests: walk.ledger.sequence().slice(before) };
}

/** list, auth, list, call, auth again; `metadata` is how the issuer's document is found. */
async function walkTheSeed({ walk, issuer, server }: Seed, metadata: readonly string[]): Promise<void> {
  const refusal = ["resource POST /example-server initialize → 401", `resource GET ${resourceMetadata} → 200`, ...metadata];
  const first = await step(walk, ["list"]);
  expect(first).toEqual({ exitCode: 0, stdout: `⚠ example  needs authentication\n    ${server.url}\n    hint: mcpass auth example\n`, stderr: "", requests: refusal });

  const signIn = await step(walk, ["auth", "example"]);
  expect(signIn.requests).toEqual([...refusal, "issuer POST /register → 201", "issuer GET /authorize → 302", "issuer POST /token authorization_code → 200", ...look]);
  expect([signIn.exitCode, signIn.stdout]).toEqual([0, ""]);
  expect(signIn.stderr).toContain(`Signed in to example as default at ${issuer.issuer.replace(/\/$/, "")}`);

  const second = await step(walk, ["list"]);
  expect(second).toEqual({ exitCode: 0, stdout: `✓ example  connected  3 tools · 2025-11-25\n    ${server.url}\n`, stderr: "", requests: look });

  const call = await step(walk, ["call", "example", "add_numbers", "--args", '{"a":2,"b":3}']);
  expect([call.exitCode, call.stdout, call.stderr]).toEqual([0, "5\n", ""]);
  expect(call.requests).toContain("resource POST /example-server tools/call → 200");
  expect(call.requests.filter((line) => line.startsWith("issuer"))).toEqual([]);

  const again = await step(walk, ["auth", "example"]);
  expect([again.exitCode, again.stdout, again.requests]).toEqual([0, "", look]);
  expect(again.stderr).toContain("Already signed in to example as default");
  await expectKept(walk, issuer);
}

const wrong = { unauthorized: 401, absent: 404 } as const;
const forms = {
  root: { wellKnown: ["insert8414"], asked: () => ["issuer GET /.well-known/oauth-authorization-server → 200"] },
  "root-slash": { wellKnown: ["insertOidc", "appendOidc"], asked: (status: number) => [`issuer GET /.well-known/oauth-authorization-server → ${status}`, "issuer GET /.well-known/openid-configuration → 200"] },
  path: {
    wellKnown: ["appendOidc"],
    asked: (status: number) => [`issuer GET /.well-known/oauth-authorization-server/realms/a → ${status}`, `issuer GET /.well-known/openid-configuration/realms/a → ${status}`, "issuer GET /realms/a/.well-known/openid-configuration → 200"],
  },
  "path-slash": { wellKnown: ["insert8414"], asked: () => ["issuer GET /.well-known/oauth-authorization-server/realms/a → 200"] },
} as const;

for (const [issuerForm, { wellKnown, asked }] of Object.entries(forms)) {
  for (const [other, status] of Object.entries(wrong)) {
    for (const challenge of ["full", "bare"] as const) {
      test(`D01 a server whose issuer is elsewhere (${issuerForm}) is signed in to in two hops when every wrong well-known answers ${status} and the challenge is ${challenge}`, async () => {
        const places = { insert8414: other, insertOidc: other, appendOidc: other, append8414: other, ...Object.fromEntries(wellKnown.map((place) => [place, "document"])) };
        const seed = await plant({ issuerForm: issuerForm as keyof typeof forms, wellKnown: places as AuthorizationServerOptions["wellKnown"] & object }, { challenge, authorizationServerWellKnown: other as keyof typeof wrong });
        await walkTheSeed(seed, asked(status));
      });
    }
  }
}

test("D01 an issuer with another host name is followed, and shown before the browser opens", async () => {
  const seed = await plant({}, {});
  const { issuer } = seed;
  Object.assign(issuer.toggles, { issuer: `http://localhost:${issuer.port}`, endpointOrigin: `http://localhost:${issuer.port}` });
  await walkTheSeed(seed, forms.root.asked());
  expect(seed.walk.printed()).toContain(`signs in at  http://localhost:${issuer.port}`);
});

test("D01 the server's own host is not asked for issuer metadata though it would answer with a document of its own", async () => {
  const seed = await plant({ wellKnown: { insert8414: "document", insertOidc: "absent", appendOidc: "absent", append8414: "absent" } }, { authorizationServerWellKnown: { reply: { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify({ issuer: "http://127.0.0.1:9" }) } } });
  await walkTheSeed(seed, forms.root.asked());
  expect(seed.walk.ledger.count({ party: "resource", path: "/.well-known/oauth-authorization-server*" })).toBe(0);
});

test("D01 when no well-known has the issuer's metadata, list and auth name every address that was tried", async () => {
  const places = { insert8414: "unauthorized", insertOidc: "absent", appendOidc: "forbidden", append8414: "html" } as const;
  const { walk, issuer } = await plant({ issuerForm: "path", wellKnown: places }, {});
  const listed = await step(walk, ["list"]);
  const auth = await step(walk, ["auth", "example"]);
  expect([listed.exitCode, auth.exitCode, auth.stdout]).toEqual([0, 1, ""]);
  for (const said of [listed.stdout, auth.stderr]) {
    expect(said).toContain(`${issuer.origin}/.well-known/oauth-authorization-server/realms/a → 401`);
    expect(said).toContain(`${issuer.origin}/.well-known/openid-configuration/realms/a → 404`);
    expect(said).toContain(`${issuer.origin}/realms/a/.well-known/openid-configuration → 403`);
    expect(said).toContain(`${issuer.origin}/realms/a/.well-known/oauth-authorization-server → 200`);
  }
  expect([walk.ledger.count({ path: "/register" }), walk.ledger.count({ path: "/authorize" })]).toEqual([0, 0]);
});
