import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/** A port of this machine from `first` on and below `end` that nobody listens on. Below 32768 Linux gives none away by itself, so that nobody gets it by chance before it is used. */
export async function choosePort(first, end) {
  for (;;) {
    const port = randomInt(first, end);
    const server = createServer().listen(port, "127.0.0.1");
    const free = await once(server, "listening").then(() => true, () => false);
    if (!free) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}
