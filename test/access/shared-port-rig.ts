import { join } from "node:path";
import { expect, onTestFinished } from "vitest";

import { type CallbackListener, openCallbackListener } from "../../src/access/callback-listener.ts";
import { makeHome } from "../rig/program.ts";
import { waitUntil } from "../rig/wait.ts";
import { ask, callbackPath, farAway, type Page } from "./callback-rig.ts";
import { freePort } from "../rig/free-port.ts";

export interface Machine {
  readonly port: number;
  readonly directory: string;
  open(place?: { redirectUri?: string; bind?: string; mayMove?: boolean; directory?: string }): Promise<CallbackListener & { readonly notices: readonly string[] }>;
}

/** One user's machine: listeners that could be of different processes, as nothing but the directory is theirs in common. */
export async function machine(): Promise<Machine> {
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
export async function deliver(listener: CallbackListener, state: string, outcome: { code?: string } = {}): Promise<Page> {
  const arrival = listener.expect(state, state, farAway());
  const page = waitUntil(() => askWhenExpected(`${listener.redirectUri}?code=c-${state}&state=${state}`), `${state} to be delivered`);
  const callback = await arrival;
  expect(callback.parameters.get("code")).toBe(`c-${state}`);
  callback.finish(outcome);
  return page;
}

/** Nobody may listen for a moment, or not know yet who expects it. */
export async function askWhenExpected(url: string): Promise<Page | undefined> {
  const page = await ask(url).catch(() => undefined);
  return page?.body.includes("Nothing to do") === true || page?.status === 404 ? undefined : page;
}
