import { createServer } from "node:net";
import { onTestFinished } from "vitest";

import { choosePort } from "./choose-port.mjs";

const portsOfOne = 3_000;

/** A port for later, of a range that only this one of vitest's workers chooses from. */
export function freePort(): Promise<number> {
  const first = 20_000 + portsOfOne * (Number(process.env["VITEST_POOL_ID"] ?? 0) % 4);
  return choosePort(first, first + portsOfOne);
}

/** Holds a port of 127.0.0.1 (0: any) until the test has finished or `close` was called. */
export async function holdPort(port: number): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  const close = (): Promise<void> => new Promise((done) => void server.close(() => done()));
  onTestFinished(close);
  const address = server.address();
  return { port: typeof address === "object" && address !== null ? address.port : 0, close };
}
