import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

import type { FetchAnswer } from "../../../src/base/runtime.ts";
import { createHttpFetch } from "../../../src/surfaces/node/http-fetch.ts";
import { createAuthority } from "../../rig/tls.ts";
import { createLedger } from "../../servers/ledger.ts";
import { html, listen } from "../../servers/listener.ts";

async function home(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "mcpass-tls-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function read(answer: FetchAnswer): Promise<number> {
  for await (const _ of answer.body ?? []) continue;
  return answer.status;
}

test("E01: a connection made with one server's authority does not serve a request without it", async () => {
  const directory = await home();
  const authority = await createAuthority(directory);
  const server = await listen(createLedger(), "server", () => html(200, "x"), { tls: authority.server() });
  onTestFinished(() => server.stop());
  const fetch = createHttpFetch();
  expect(await read(await fetch(server.origin, { tls: { ca: authority.file } }))).toBe(200);
  await expect(fetch(server.origin)).rejects.toMatchObject({ code: expect.stringMatching(/UNABLE_TO|SELF_SIGNED/), hint: expect.stringContaining("NODE_EXTRA_CA_CERTS") });
  expect(await read(await fetch(server.origin, { tls: { ca: authority.file } }))).toBe(200);
});

test("E02: a client certificate that is replaced on disk is the one shown from then on", async () => {
  const directory = await home();
  const authority = await createAuthority(directory);
  const ledger = createLedger();
  const server = await listen(ledger, "server", () => html(200, "x"), { tls: authority.mutual() });
  onTestFinished(() => server.stop());
  const [first, second] = [await authority.client("first"), await authority.client("second")];
  const tls = { ca: authority.file, cert: join(directory, "own.crt"), key: join(directory, "own.key") };
  const fetch = createHttpFetch();
  for (const { certFile, keyFile } of [first, second]) {
    await copyFile(certFile, tls.cert);
    await copyFile(keyFile, tls.key);
    expect(await read(await fetch(server.origin, { tls }))).toBe(200);
  }
  expect(ledger.entries.map(({ clientCertificate }) => clientCertificate)).toEqual(["first", "second"]);
});

test("E01: an authority named for one server adds to those of NODE_EXTRA_CA_CERTS, and does not replace them", async () => {
  const directory = await home();
  const [usual, own] = [await createAuthority(directory, "Usual Root"), await createAuthority(directory, "Own Root")];
  const server = await listen(createLedger(), "server", () => html(200, "x"), { tls: usual.server() });
  onTestFinished(() => server.stop());
  expect(await read(await createHttpFetch({ environment: { NODE_EXTRA_CA_CERTS: usual.file } })(server.origin, { tls: { ca: own.file } }))).toBe(200);
});
