import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A way to a server on this machine that can be cut, as a network is. */
export interface Wire {
  readonly port: number;
  /** Ends every connection and takes no other until it is mended. */
  cut(): void;
  mend(): void;
  /** Ends every connection; those who come while it is crowded wait and hear nothing, however long. */
  crowd(): void;
  /** Cuts the one connection on which `words` are said next, before their answer comes back: whatever they asked for is done. */
  loseAnswerTo(words: string): void;
  stop(): Promise<void>;
}

export async function layWire(target: number): Promise<Wire> {
  const sockets = new Set<Socket>();
  let whole = true;
  let crowded = false;
  let lost: string | undefined;
  const server = createServer((socket) => {
    if (!whole) return void socket.destroy();
    if (crowded) {
      sockets.add(socket);
      return void socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    }
    const further = connect(target, "127.0.0.1");
    let losing = false;
    socket.on("data", (chunk) => {
      if (lost === undefined || !chunk.includes(lost)) return;
      [lost, losing] = [undefined, true];
    });
    for (const [from, to] of [[socket, further], [further, socket]] as const) {
      sockets.add(from);
      from.on("error", () => undefined);
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
    socket.pipe(further);
    further.on("data", (chunk) => (losing ? socket.destroy() : socket.write(chunk)));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = (): void => {
    whole = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    mend: () => {
      [whole, crowded] = [true, false];
    },
    crowd: () => {
      cut();
      [whole, crowded] = [true, true];
    },
    loseAnswerTo: (words) => void (lost = words),
    async stop() {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
