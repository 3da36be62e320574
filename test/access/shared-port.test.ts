import { chmod, chown, mkdir, readdir, stat, symlink, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";

import { type CallbackListener, openCallbackListener } from "../../src/access/callback-listener.ts";
import { meetingFor } from "../../src/access/port-meeting.ts";
import { withLock } from "../../src/vault/lock.ts";
import { makeHome } from "../rig/program.ts";
import { waitUntil } from "../rig/wait.ts";
import { ask, callbackPath, farAway, type Page } from "./callback-rig.ts";
import { freePort, refusal } from "./world.ts";

interface Shared {
  readonly port: number;
  readonly directory: string;
  open(place?: { redirectUri?: string; bind?: string; mayMove?: boolean; directory?: string }): Promise<CallbackListener & { readonly notices: readonly string[] }>;
}

/** One user's machine: listeners that could be of different processes, as nothing but the directory is theirs in common. */
async function machine(): Promise<Shared> {
  const home = await makeHome();
  onTestFinished(() => home.remove());
  const port = await freePort();
  const directory = join(home.directory, "callbacks");
  return {
    port,
    directory,
    open: async ({ redirectUri = `http://127.0.0.1:${port}${callbackPath}`, bind, mayMove = true, directory: other = directory } = {}) => {
      const notices: string[] = [];
      const listener = await openCallbackListener({ redirectUri, port, bind, mayMove }, Date.now, { directory: other, onNotice: (message) => void notices.push(message) });
      onTestFinished(() => listener.close());
      return { ...listener, notices };
    },
  };
}

/** A redirect with this state, answered as soon as the listener that expects it says how it ended. */
async function deliver(listener: CallbackListener, state: string, outcome: { code?: string } = {}): Promise<Page> {
  const arrival = listener.expect(state, state, farAway());
  const page = waitUntil(() => askWhenExpected(`${listener.redirectUri}?code=c-${state}&state=${state}`), `${state} to be delivered`);
  const callback = await arrival;
  expect(callback.parameters.get("code")).toBe(`c-${state}`);
  callback.finish(outcome);
  return page;
}

/** Nobody may listen for a moment, or not know yet who expects it. */
async function askWhenExpected(url: string): Promise<Page | undefined> {
  const page = await ask(url).catch(() => undefined);
  return page?.body.includes("Nothing to do") === true || page?.status === 404 ? undefined : page;
}

test("C01 a port that another sign-in of the same user holds is shared: nobody moves, and each redirect goes where its state is expected", async () => {
  const { open } = await machine();
  const [holder, guest, fixed] = [await open(), await open(), await open({ mayMove: false })];
  expect([holder, guest, fixed].map(({ moved, redirectUri }) => [moved, redirectUri])).toEqual([holder, guest, fixed].map(() => [false, holder.redirectUri]));
  for (const [listener, state] of [[guest, "guest"], [fixed, "fixed"], [holder, "holder"]] as const) {
    expect([state, (await deliver(listener, state)).body]).toEqual([state, expect.stringContaining(`signed in to ${state}.`)]);
  }
});

test("C01 a redirect that comes the moment the port changes hands is kept for the one that expects it, and one that nobody claims is told so", async () => {
  const { open } = await machine();
  const [holder, guest] = [await open(), await open()];
  const [early, stray] = ["early", "stray"].map((state) => ask(`${holder.redirectUri}?code=c-${state}&state=${state}`));
  await sleep(100);
  (await guest.expect("early", "mail", farAway())).finish({});
  expect((await early)?.body).toContain("You are signed in to mail.");
  expect((await stray)?.body).toContain("Nothing to do");
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

test("C01 when the holder ends, a guest takes the port, the others turn to that one, and every redirect still arrives", async () => {
  const { open, directory } = await machine();
  const listeners = [await open(), await open(), await open(), await open()];
  const arrivals = listeners.map((listener, index) => listener.expect(`state-${index}`, `server-${index}`, farAway()));
  for (const [index, listener] of listeners.entries()) {
    const page = waitUntil(() => askWhenExpected(`${listener.redirectUri}?code=${index}&state=state-${index}`), `the page of ${index}`);
    const callback = await arrivals[index];
    expect(callback?.parameters.get("code")).toBe(String(index));
    callback?.finish({});
    expect((await page).status).toBe(200);
    await listener.close();
  }
  expect((await readdir(directory)).filter((name) => name.endsWith(".sock"))).toEqual([]);
});

test("C01 a redirect that is on its way while the port is given up reaches the one that expects it, once, and its page says how it ended", async () => {
  const { open, port } = await machine();
  const [holder, guest] = [await open(), await open()];
  const arrival = guest.expect("mail", "mail", farAway());
  await waitUntil(async () => (await ask(`${guest.redirectUri}?code=c&state=other`)).body.includes("Nothing to do"), "the time of early redirects to be over");
  const browser = connect(port, "127.0.0.1").setEncoding("utf8");
  let page = "";
  browser.on("data", (text: string) => void (page += text));
  browser.write(`GET ${callbackPath}?code=c-mail&state=mail HTTP/1.1\r\nhost: 127.0.0.1:${String(port)}\r\n`);
  await sleep(50);
  const closed = holder.close();
  await waitUntil(async () => (await ask(guest.redirectUri).catch(() => undefined)) !== undefined, "the guest to have the port");
  browser.write("\r\n");
  const callback = await arrival;
  expect(callback.parameters.get("code")).toBe("c-mail");
  callback.finish({});
  await waitUntil(() => page.includes("You are signed in to mail."), "the page");
  await closed;
});

test("C01 a holder that keeps a redirect which nobody has claimed yet does not end before somebody has", async () => {
  const { open } = await machine();
  const holder = await open();
  const page = ask(`${holder.redirectUri}?code=c-mail&state=mail`);
  await sleep(50);
  const closed = holder.close();
  const guest = await open();
  (await guest.expect("mail", "mail", farAway())).finish({});
  expect((await page).body).toContain("You are signed in to mail.");
  await closed;
});

test("C05 a holder that ends waits for the page that a guest has open", async () => {
  const { open } = await machine();
  const [holder, guest] = [await open(), await open()];
  const arrival = guest.expect("mail", "mail", farAway());
  const page = waitUntil(() => askWhenExpected(`${guest.redirectUri}?code=c&state=mail`), "the page");
  const callback = await arrival;
  const closed = holder.close();
  await sleep(50);
  callback.finish({});
  expect((await page).body).toContain("signed in to mail.");
  await closed;
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
  await waitUntil(() => guest.notices.length > 0, "the notice", 15_000);
  expect(guest.notices[0]).toContain(`Another program holds port ${port} now`);
  await new Promise((done) => squatter.close(done));
  expect((await deliver(guest, "mail")).status).toBe(200);
}, 30_000);

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
