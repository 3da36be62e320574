import { webAddress } from "./address.ts";
import { ApiError, asApiError } from "./api.ts";
import { confirmed } from "./confirm.ts";
import type { Page } from "./page.ts";
import { lookOf } from "./words.ts";

/** What a person does to a server. None of these throws: how it ended stands at the server, and is read out. */

/** Starts a sign-in and opens its page apart; the server's panel shows the address for as long as it waits. */
export async function signIn(page: Page, name: string, account?: string): Promise<void> {
  const { store } = page;
  await act(page, name, "Starting the sign-in…", async () => {
    const address = await page.api.startAuth(name, account);
    if (address === "") return "There is nothing to sign in to: it is done already, or the server asks for none.";
    const url = webAddress(address);
    if (url === undefined) throw new Error(`The address to sign in at is not one of the web: ${address}`);
    store.setSignIn(name, url.href);
    window.open(url.href, "_blank", "noopener,noreferrer");
    page.say(`Sign in to ${name} at ${url.host}, in the tab that was opened.`);
    return undefined;
  });
}

/** With the address that the browser was sent back to, where it reached nobody. */
export async function finishSignIn(page: Page, name: string, address: string): Promise<void> {
  await act(page, name, "Finishing the sign-in…", async () => {
    await page.api.finishAuth(name, address);
    page.store.setSignIn(name, undefined);
    return undefined;
  });
}

export async function signOut(page: Page, name: string, account: string | undefined): Promise<void> {
  const words = account === undefined ? name : `${name} (account ${account})`;
  const sure = await confirmed(`Sign out of ${words}?`, "Its tokens are revoked where they came from, forgotten here, and the live connection ends. Other programs on this machine are signed out with it.", "Sign out");
  if (!sure) return;
  await act(page, name, "Signing out…", async () => {
    await page.api.removeAuth(name, account);
    return `Signed out of ${words}.`;
  });
}

export async function connect(page: Page, name: string): Promise<void> {
  await act(page, name, "Connecting…", async () => {
    const connected = await page.api.connect(name);
    await page.store.refreshServer(name);
    const server = page.store.servers.get(name);
    // What else is wrong, the server's status says.
    if (!connected && server?.status === "disabled") throw new ApiError(`${name} is disabled in its configuration.`, { hint: "Set \"enabled\": true there, or leave it out, and start mcpass serve again." });
    page.say(`${name}: ${server === undefined ? "gone" : lookOf(server).words}`);
    return undefined;
  });
}

export async function disconnect(page: Page, name: string): Promise<void> {
  await act(page, name, "Disconnecting…", async () => {
    await page.api.disconnect(name);
    return `Disconnected from ${name}. It stays so until you connect again.`;
  });
}

export async function remove(page: Page, name: string): Promise<void> {
  if (!(await confirmed(`Remove ${name}?`, "This mcpass serve forgets the server. Files and sign-ins stay as they are: one that is configured is back when it starts again.", "Remove"))) return;
  await act(page, name, "Removing…", async () => {
    await page.api.remove(name);
    page.go({ view: "home" });
    page.say(`${name} is removed.`);
    return undefined;
  }, () => page.store.refresh());
}

async function act(page: Page, name: string, doing: string, work: () => Promise<string | undefined>, look = (): Promise<void> => page.store.refreshServer(name)): Promise<void> {
  const { store, say } = page;
  if (store.busyWith(name) !== undefined) return;
  store.setNotice(name, undefined);
  store.setBusy(name, doing);
  try {
    const said = await work();
    if (said !== undefined) store.setNotice(name, { tone: "good", said });
    if (said !== undefined) say(said);
  } catch (thrown) {
    const { message, hint } = thrown instanceof Error && thrown.name === "Error" ? { message: thrown.message, hint: undefined } : asApiError(thrown);
    store.setNotice(name, { tone: "bad", said: message, hint });
    say(message);
  } finally {
    store.setBusy(name, undefined);
    await look();
  }
}
