import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A callback port for a client that is registered already, in place of the usual one: such a client cannot take another when somebody else on this machine has it,
 * who signs in elsewhere perhaps. The suite's authorization servers take any.
 */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return String(port);
}
