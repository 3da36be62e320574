import { readdir } from "node:fs/promises";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";

import { waitUntil } from "../rig/wait.ts";
import { ask, callbackPath, farAway } from "./callback-rig.ts";
import { askWhenExpected, machine } from "./shared-port-rig.ts";

test("C01 a redirect that comes the moment the port changes hands is kept for the one that expects it, and one that nobody claims is told so", async () => {
  const { open } = await machine();
  const [holder, guest] = [await open(), await open()];
  const [early, stray] = ["early", "stray"].map((state) => ask(`${holder.redirectUri}?code=c-${state}&state=${state}`));
  await sleep(100);
  (await guest.expect("early", "mail", farAway())).finish({});
  expect((await early)?.body).toContain("You are signed in to mail.");
  expect((await stray)?.body).toContain("Nothing to do");
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

test("C05 a holder that ends waits for two guests' pages, of which the second came while it waited for the first", async () => {
  const { open } = await machine();
  const [holder, one, other] = [await open(), await open(), await open()];
  const arrivals = [one.expect("one", "mail", farAway()), other.expect("other", "files", farAway())];
  const pages = [ask(`${holder.redirectUri}?code=c&state=one`)];
  const first = await arrivals[0];
  const closed = holder.close();
  pages.push(ask(`${holder.redirectUri}?code=c&state=other`));
  const second = await arrivals[1];
  first?.finish({});
  await sleep(50);
  second?.finish({});
  expect((await Promise.all(pages)).map(({ body }) => body.includes("You are signed in to"))).toEqual([true, true]);
  await closed;
});
