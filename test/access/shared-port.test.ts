import { chmod, chown, mkdir, readdir, stat, symlink, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";

import { meetingFor } from "../../src/access/port-meeting.ts";
import { withLock } from "../../src/vault/lock.ts";
import { waitUntil } from "../rig/wait.ts";
import { ask, farAway } from "./callback-rig.ts";
import { askWhenExpected, deliver, machine } from "./shared-port-rig.ts";
import { refusal } from "./world.ts";

test("C01 a port that another sign-in of the same user holds is shared: nobody moves, and each redirect goes where its state is expected", async () => {
  const { open } = await machine();
  const [holder, guest, fixed] = [await open(), await open(), await open({ mayMove: false })];
  expect([holder, guest, fixed].map(({ moved, redirectUri }) => [moved, redirectUri])).toEqual([holder, guest, fixed].map(() => [false, holder.redirectUri]));
  for (const [listener, state] of [[guest, "guest"], [fixed, "fixed"], [holder, "holder"]] as const) {
    expect([state, (await deliver(listener, state)).body]).toEqual([state, expect.stringContaining(`signed in to ${state}.`)]);
  }
});

test("C05 the page of a guest says how the guest's sign-in ended, and comes only then", async () => {
  const { open } = await machine();
  const [, guest] = [await open(), await open()];
  const failed = await deliver(guest, "mail", { code: "token_refused" });
  expect([failed.status, failed.body]).toEqual([400, expect.stringContaining("mail did not succeed (token_refused)")]);
  const arrival = guest.expect("late", "late", farAway());
  let answered = false;
  const page = waitUntil(() => askWhenExpected(`${guest.redirectUri}?code=c&state=late`), "the page").finally(() => (answered = true));
  const callback = await arrival;
  await sleep(100);
  expect(answered).toBe(false);
  callback.finish({});
  expect((await page).status).toBe(200);
});

test("C06 a guest's state is expected once, at its own path, and not any more when the guest has gone", async () => {
  const { open, port } = await machine();
  const holder = await open();
  const guest = await open({ redirectUri: `http://127.0.0.1:${port}/other` });
  expect((await deliver(guest, "mail")).status).toBe(200);
  expect((await ask(`${guest.redirectUri}?code=c&state=mail`)).status).toBe(400);
  void guest.expect("second", "mail", farAway());
  await waitUntil(async () => (await ask(guest.redirectUri)).status === 400, "the guest's path to be known");
  expect((await ask(`${holder.redirectUri}?code=c&state=second`)).status).toBe(400);
  await guest.close();
  await waitUntil(async () => (await ask(guest.redirectUri)).status === 404, "the guest to be forgotten");
});

test("C05 a guest that ends with its page open leaves a page that claims nothing", async () => {
  const { open } = await machine();
  const [, guest] = [await open(), await open()];
  const arrival = guest.expect("mail", "mail", farAway());
  const page = waitUntil(() => askWhenExpected(`${guest.redirectUri}?code=c&state=mail`), "the page");
  await arrival;
  await guest.close();
  expect([(await page).status, (await page).body]).toEqual([400, expect.stringContaining("(cancelled)")]);
});

test("C01 a port of another program is left alone, and so is one whose holder does not answer", async () => {
  const { open, port, directory } = await machine();
  const foreign = createServer();
  await new Promise<void>((done) => foreign.listen(port, "127.0.0.1", done));
  onTestFinished(() => void foreign.close());
  expect((await open()).moved).toBe(true);
  expect((await refusal(open({ mayMove: false }))).code).toBe("callback_port_busy");
  const silent = createServer();
  await new Promise<void>((done) => silent.listen(join(directory, `127.0.0.1-${port}.sock`), done));
  onTestFinished(() => void silent.close());
  expect((await open()).moved).toBe(true);
});

test("C01 a guest whose port goes to another program says so, and takes it when it is free", async () => {
  const { open, port, directory } = await machine();
  const [holder, guest] = [await open(), await open()];
  const squatter = createServer();
  // With the lock held nobody finds out who has the port; whoever ends does not wait for it for ever.
  await withLock({ file: join(directory, `127.0.0.1-${port}.lock`), waitMs: 5_000, subject: "The port" }, async () => {
    await holder.close();
    await new Promise<void>((done, fail) => squatter.once("error", fail).listen(port, "127.0.0.1", done));
  });
  await waitUntil(() => guest.notices.length > 0, "the notice");
  expect(guest.notices[0]).toContain(`Another program holds port ${port} now`);
  await new Promise((done) => squatter.close(done));
  expect((await deliver(guest, "mail")).status).toBe(200);
});

test.runIf(process.platform !== "win32")("what others could reach or have made is no place to meet: nothing is shared there", async () => {
  const { port, directory } = await machine();
  await mkdir(directory, { mode: 0o755 });
  await chmod(directory, 0o777);
  expect(await meetingFor(directory, "127.0.0.1", port)).toMatchObject({ socket: join(directory, `127.0.0.1-${port}.sock`) });
  expect((await stat(directory)).mode & 0o777).toBe(0o700);
  await symlink(directory, `${directory}-link`);
  expect(await meetingFor(`${directory}-link`, "127.0.0.1", port)).toBeUndefined();
  await writeFile(`${directory}-file`, "");
  expect(await meetingFor(`${directory}-file`, "127.0.0.1", port)).toBeUndefined();
  if (process.getuid?.() !== 0) return;
  await chown(directory, 65_534, 65_534);
  expect(await meetingFor(directory, "127.0.0.1", port)).toBeUndefined();
});

test.runIf(process.platform !== "win32")("the socket is its owner's only; one that a dead holder left is replaced; where the path is too long for one, it lies elsewhere", async () => {
  const { open, port, directory } = await machine();
  await mkdir(directory, { mode: 0o700 });
  const file = join(directory, `127.0.0.1-${port}.sock`);
  await writeFile(file, "left");
  const [holder, guest] = [await open(), await open()];
  expect([(await stat(directory)).mode & 0o777, (await stat(file)).mode & 0o777, (await stat(file)).isSocket()]).toEqual([0o700, 0o600, true]);
  expect((await deliver(guest, "mail")).status).toBe(200);
  await guest.close();
  await holder.close();
  const deep = join(directory, "x".repeat(90));
  const meeting = await meetingFor(deep, "127.0.0.1", port);
  expect(Buffer.byteLength(meeting?.socket ?? "")).toBeLessThan(100);
  const [far, farther] = [await open({ directory: deep }), await open({ directory: deep })];
  expect([far.moved, farther.moved, (await deliver(farther, "mail")).status]).toEqual([false, false, 200]);
});

test.runIf(process.platform !== "win32")("whoever sends what is no message is let go, and the others are served as before", async () => {
  const { open, port, directory } = await machine();
  const [holder, guest] = [await open(), await open()];
  for (const text of ["no JSON\n", "[1]\n".repeat(3), "x".repeat(70_000), `${JSON.stringify({ type: "expect", digest: 1 })}\n`, `${JSON.stringify({ type: "outcome", digest: "unknown" })}\n`]) {
    const socket: Socket = connect(join(directory, `127.0.0.1-${port}.sock`));
    socket.on("error", () => undefined).on("data", () => undefined);
    await new Promise<void>((done) => socket.once("connect", () => socket.write(text, () => done())));
    await sleep(20);
    socket.destroy();
  }
  expect([(await deliver(guest, "guest")).status, (await deliver(holder, "holder")).status]).toEqual([200, 200]);
});

test("C04 a listener that other machines can reach is shared with nobody", async () => {
  const { open, directory } = await machine();
  await open({ bind: "0.0.0.0" });
  expect(await readdir(directory).catch(() => [])).toEqual([]);
  expect((await open()).moved).toBe(true);
});
