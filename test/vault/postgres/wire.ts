import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A way to a server on this machine that can be cut, as a network is. */
export interface Wire {
  readonly port: number;
  /** Ends every connection and takes no other until it is mended. */
  cut(): void;
  mend(): void;
  stop(): Promise<void>;
}

export async function layWire(target: number): Promise<Wire> {
  const sockets = new Set<Socket>();
  let whole = true;
  const server = createServer((socket) => {
    if (!whole) return void socket.destroy();
    const further = connect(target, "127.0.0.1");
    for (const [from, to] of [[socket, further], [further, socket]] as const) {
      sockets.add(from);
      from.on("error", () => undefined);
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = (): void => {
    whole = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    mend: () => void (whole = true),
    async stop() {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
