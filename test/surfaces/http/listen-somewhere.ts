import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** On a free port of this machine, until the test has finished. */
export async function listenSomewhere(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => new Promise<void>((done) => {
    server.close(() => done());
    server.closeAllConnections();
  }));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}
