import type { Frame } from "../relay/frame.ts";
import type { Host } from "../relay/host.ts";

/** What a host speaks with, from its first message to its last. */
export interface Talk {
  /** Takes a message; what it leads to goes on by itself. Settles when the next may come. */
  take(frame: Frame): Promise<void>;
  close(): Promise<void>;
}

/** One address of the gateway, as it is configured at this moment. */
export interface Endpoint {
  /** Of the address: empty for all servers as one. */
  readonly name: string;
  /** False once what it stands for is another, or none. */
  isCurrent(): boolean;
  open(host: Host): Talk;
}

/** Finds what an address stands for. Throws `Refused` where that is nothing. */
export type FindEndpoint = (name: string) => Endpoint;
