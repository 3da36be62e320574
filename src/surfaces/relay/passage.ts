import type { McpassError } from "../../base/errors.ts";
import type { RemoteEntry } from "../../config/server-entry.ts";
import type { Channel, Era } from "./channel.ts";
import type { Host } from "./host.ts";
import type { ListenDesk } from "./listen-desk.ts";
import { type HostFacts, openChannel } from "./open-channel.ts";
import type { Receive, Wire } from "./wire.ts";

export interface PassageOptions {
  readonly host: Host;
  readonly facts: HostFacts;
  readonly desk: ListenDesk;
  readonly wire: Wire;
  readonly entry: RemoteEntry;
  /** The era the server had for such a host lately. */
  readonly lately: Era | undefined;
  /** See `RelayManners`. */
  readonly finishesTasks?: boolean | undefined;
  readonly onTrouble: (error: McpassError) => void;
  readonly onGap: () => void;
}

/** The way from this host to the server: as they are where both speak the same, else translated. What translates is loaded only then. */
export async function openPassage(options: PassageOptions, signal: AbortSignal): Promise<Channel> {
  const { host, facts, wire, entry, lately, onTrouble, onGap } = options;
  let unasked: Receive = host.send;
  const channel = await openChannel({ wire, entry, host: facts, lately, signal, events: { receive: (frame) => unasked(frame), onTrouble, onGap } });
  if (channel.opening.era === facts.era) {
    if (options.finishesTasks !== true || facts.era === "modern") return channel;
    const finishing = (await import("./task-tools.ts")).finishingTasks({ channel, wire, host });
    unasked = finishing.receive;
    return finishing.channel;
  }
  if (facts.era === "legacy") return new (await import("./legacy-over-modern.ts")).LegacyOverModern({ ...options, channel });
  const { createModernOverLegacy } = await import("./modern-over-legacy.ts");
  const translated = createModernOverLegacy({ ...options, channel });
  unasked = translated.receive;
  return translated.channel;
}
