import { type Bridge, type Host, startHost } from "./host.ts";
import { median } from "./measure.ts";
import type { Two } from "./two.ts";

const atOnce = 16;

export interface BridgeFigures {
  /** From the start of the process to the answer to `initialize`. */
  readonly startMs: number;
  readonly callMs: number;
  /** Of each of many calls, 16 at once. */
  readonly callAtOnceMs: number;
  readonly idleBytes: number;
  /** Under 5,000 calls. */
  readonly grownBytes: number;
}

/** Medians of two bridges in front of one server, taken in turn, so that whatever else the machine does meets both alike. `forget`: what the server has noted meanwhile. */
export async function measureBridges(bridges: Two<Bridge>, rounds: number, forget: () => void): Promise<Two<BridgeFigures>> {
  const [ours, other] = await measureStarts(bridges, rounds, (host) => host.open());
  const [oursLoaded, otherLoaded] = await underLoad(bridges, forget);
  return [{ startMs: ours, ...oursLoaded }, { startMs: other, ...otherLoaded }];
}

/** From the start of the process until it is `ready`, in ms. The first of each, which may fill what is kept of a server, does not count. */
export async function measureStarts(bridges: Two<Bridge>, rounds: number, ready: (host: Host) => Promise<unknown>): Promise<Two<number>> {
  const walls: Two<number[]> = [[], []];
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, bridge] of bridges.entries()) {
      const startedAt = performance.now();
      const host = startHost(bridge);
      try {
        await ready(host);
        if (round > 0) walls[index]?.push(performance.now() - startedAt);
      } finally {
        await host.stop();
      }
    }
  }
  return [median(walls[0]), median(walls[1])];
}

/** Resident bytes of two bridges that have done 200 calls and then nothing for two seconds. */
export async function measureIdle([ours, other]: Two<Bridge>): Promise<Two<number>> {
  const hosts = [startHost(ours), startHost(other)] as const;
  try {
    return await idleBytes(hosts);
  } finally {
    await Promise.all(hosts.map((host) => host.stop()));
  }
}

async function idleBytes(hosts: Two<Host>): Promise<Two<number>> {
  for (const host of hosts) await host.open();
  for (const host of hosts) await host.calls(1, 200);
  await new Promise((done) => setTimeout(done, 2_000));
  return [hosts[0].memory(), hosts[1].memory()];
}

async function underLoad([ours, other]: Two<Bridge>, forget: () => void): Promise<Two<Omit<BridgeFigures, "startMs">>> {
  const hosts = [startHost(ours), startHost(other)] as const;
  const alone: Two<number[]> = [[], []];
  const together: Two<number[]> = [[], []];
  try {
    const idle = await idleBytes(hosts);
    for (let turn = 0; turn < 5; turn += 1) {
      for (const [index, host] of hosts.entries()) {
        alone[index]?.push(...(await host.calls(1, 200)));
        const startedAt = performance.now();
        await host.calls(atOnce, 800);
        together[index]?.push((performance.now() - startedAt) / 800);
        forget();
      }
    }
    const figures = (index: 0 | 1): Omit<BridgeFigures, "startMs"> => ({
      callMs: median(alone[index]),
      callAtOnceMs: median(together[index]),
      idleBytes: idle[index],
      grownBytes: hosts[index].memory() - idle[index],
    });
    return [figures(0), figures(1)];
  } finally {
    await Promise.all(hosts.map((host) => host.stop()));
  }
}
