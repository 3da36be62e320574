import { createServer } from "node:net";

import type { McpassEvent } from "../../src/base/events.ts";
import type { Manager } from "../../src/connection/manager.ts";
import { type Harness, openHarness, remote } from "./harness.ts";

export interface Closed {
  readonly harness: Harness;
  readonly issuer: Awaited<ReturnType<Harness["issuer"]>>;
  readonly server: Awaited<ReturnType<Harness["resource"]>>;
  readonly manager: Manager;
}

/** One server that wants a sign-in. */
export async function openClosed(issuerOptions: Parameters<Harness["issuer"]>[0] = {}, entry: Parameters<typeof remote>[1] = {}, more: Parameters<Harness["manager"]>[2] = {}): Promise<Closed> {
  const harness = await openHarness();
  const issuer = await harness.issuer(issuerOptions);
  const server = await harness.resource({ trusts: issuer });
  return { harness, issuer, server, manager: harness.manager({ closed: remote(server.url, entry) }, [], more) };
}

/** What a person's browser ends at: the redirect that was not followed. */
export async function redirectOf(authorizationUrl: string): Promise<string> {
  const answer = await fetch(authorizationUrl, { redirect: "manual" });
  return answer.headers.get("location") ?? "";
}

export const told = (harness: Harness, type: string): readonly McpassEvent[] => harness.events.filter((event) => event.type === type);

/** Nobody holds the port. */
export async function canListenOn(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
