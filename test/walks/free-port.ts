import { createServer } from "node:net";
import { onTestFinished } from "vitest";

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const { port, close } = await holdPort(0);
  await close();
  return port;
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
