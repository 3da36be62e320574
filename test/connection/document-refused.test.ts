import { writeFile } from "node:fs/promises";
import { expect, test } from "vitest";

import { freePort } from "../rig/free-port.ts";
import { openHarness, remote } from "./harness.ts";

/** On a port of its own: a document's redirect URI is not moved when its port is taken. */
const document = { clientMetadataUrl: "https://client.example/mcpass.json", callbackPort: await freePort() };
const kindsOf = ({ approving }: { approving: { notices: readonly { clientKind: string }[] } }): string[] => approving.notices.map(({ clientKind }) => clientKind);

test("a server that refuses the token of a client metadata document gets a registered client, once, said, and remembered (R07)", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer({ clientMetadataDocuments: true });
  const server = await harness.resource({ trusts: issuer, acceptsDocumentClients: false });
  const said: string[] = [];
  const manager = harness.manager({ linear: remote(server.url, { oauth: document }) });
  const options = { ...harness.approving, onNotice: (message: string) => void said.push(message) };
  expect(await manager.signIn("linear", options)).toMatchObject({ kind: "signed-in", verified: true });
  expect(kindsOf(harness)).toEqual(["metadata-document", "dynamic"]);
  expect(said.filter((message) => message.includes("refuses tokens of the client metadata document; registering"))).toEqual([expect.stringContaining('"registration": "dcr"')]);
  const anew = harness.manager({ linear: remote(server.url, { oauth: document }) });
  expect(await anew.signIn("linear", { ...harness.approving, force: true })).toMatchObject({ kind: "signed-in", verified: true });
  expect(kindsOf(harness)).toEqual(["metadata-document", "dynamic", "dynamic"]);
  expect((await anew.examine("linear")).findings).toContainEqual(expect.objectContaining({ leg: "registration", mark: "warning", said: expect.stringContaining("mcpass registers instead") }));
  // Another document may be taken.
  const other = harness.manager({ linear: remote(server.url, { oauth: { ...document, clientMetadataUrl: "https://client.example/other.json" } }) });
  server.toggles.acceptsDocumentClients = true;
  await other.signIn("linear", { ...harness.approving, force: true });
  expect(kindsOf(harness).at(-1)).toBe("metadata-document");
});

test("connecting goes the same way (R07)", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer({ clientMetadataDocuments: true });
  const server = await harness.resource({ trusts: issuer, acceptsDocumentClients: false });
  const manager = harness.manager({ linear: remote(server.url, { oauth: document }) });
  const connection = await manager.connect("linear", { signIn: harness.approving });
  expect((await connection.listTools()).length).toBe(3);
  expect(kindsOf(harness)).toEqual(["metadata-document", "dynamic"]);
});

test.each(["a cache", "no cache"])("a server that refuses every token gets two sign-ins, then one, and no loop, with %s (R07)", async (cache) => {
  const harness = await openHarness();
  if (cache === "no cache") await writeFile(harness.runtime.directories.cache, "in its place");
  const issuer = await harness.issuer({ clientMetadataDocuments: true });
  const server = await harness.resource({ trusts: issuer, acceptsTokens: false });
  const manager = harness.manager({ linear: remote(server.url, { oauth: document }) });
  await expect(manager.signIn("linear", harness.approving)).rejects.toMatchObject({ code: "token_rejected" });
  expect(kindsOf(harness)).toEqual(["metadata-document", "dynamic"]);
  await expect(manager.signIn("linear", harness.approving)).rejects.toMatchObject({ code: "token_rejected" });
  expect(kindsOf(harness)).toEqual(["metadata-document", "dynamic", "dynamic"]);
  const connecting = harness.manager({ linear: remote(server.url, { oauth: document }) });
  await expect(connecting.connect("linear", { signIn: harness.approving })).rejects.toMatchObject({ code: "token_rejected" });
  expect(harness.approving.notices.length).toBeLessThanOrEqual(5);
});

test.each([
  ["the way is pinned to documents", { ...document, registration: "cimd" }, {}],
  ["the issuer registers nobody", document, { registration: "off" }],
] as const)("where %s, a refused token is a rejected token (R07)", async (_why, oauth, more) => {
  const harness = await openHarness();
  const issuer = await harness.issuer({ clientMetadataDocuments: true, ...more });
  const server = await harness.resource({ trusts: issuer, acceptsDocumentClients: false });
  const manager = harness.manager({ linear: remote(server.url, { oauth }) });
  await expect(manager.signIn("linear", harness.approving)).rejects.toMatchObject({ code: "token_rejected" });
  expect([kindsOf(harness), harness.ledger.count({ path: "/register" })]).toEqual([["metadata-document"], 0]);
});

test("a sign-in in two halves says to start again, and then registers (R07)", async () => {
  const harness = await openHarness();
  const issuer = await harness.issuer({ clientMetadataDocuments: true });
  const server = await harness.resource({ trusts: issuer, acceptsDocumentClients: false });
  const manager = harness.manager({ linear: remote(server.url, { oauth: document }) });
  const half = async (force: boolean): Promise<string> => {
    const started = await manager.startSignIn("linear", { force });
    if (started.kind !== "started") throw new Error(started.kind);
    return (await fetch(started.notice.url, { redirect: "manual" })).headers.get("location") ?? "";
  };
  await expect(manager.finishSignIn("linear", { redirect: await half(false) })).rejects.toMatchObject({ code: "token_rejected", hint: expect.stringContaining("mcpass auth linear --start --force") });
  expect(await manager.finishSignIn("linear", { redirect: await half(true) })).toMatchObject({ kind: "signed-in", verified: true });
  expect(harness.ledger.count({ path: "/register" })).toBe(1);
});
