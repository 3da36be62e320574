import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A callback port for a client that is registered already, in place of the usual one: such a client cannot take another when somebody else on this machine has it,
 * who signs in elsewhere perhaps. The suite's authorization servers take any. It lies below those that the system gives away by itself, so that nobody gets it by chance.
 */
export async function freePort() {
  for (;;) {
    const port = randomInt(14_000, 19_000);
    const server = createServer().listen(port, "127.0.0.1");
    const free = await once(server, "listening").then(() => true, () => false);
    if (!free) continue;
    server.close();
    await once(server, "close");
    return String(port);
  }
}
