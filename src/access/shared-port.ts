import type { Server } from "node:http";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";

import { withLock } from "../vault/lock.ts";
import { type CallbackParty, type CallbackTable, digestOf, type Expectation } from "./callback-table.ts";
import type { PortMeeting } from "./port-meeting.ts";
import { joinPort, type PortGuest, type PortShare, servePort } from "./port-sharing.ts";

export interface SharedPortOptions {
  readonly meeting: PortMeeting;
  readonly port: number;
  readonly table: CallbackTable;
  readonly party: CallbackParty;
  /** undefined: the port is taken. */
  readonly bind: () => Promise<readonly Server[] | undefined>;
  /** Nobody of ours has the port any more, and it is taken; tried for again and again all the same. */
  readonly onLost: () => void;
}

/** One port for any number of processes of one user: one has it bound, the others are given what is theirs. */
export interface SharedPort {
  expect(state: string, expectation: Omit<Expectation, "party">): void;
  close(): Promise<void>;
}

type Role = { readonly kind: "holder"; readonly servers: readonly Server[]; readonly share: PortShare | undefined } | { readonly kind: "guest"; readonly guest: PortGuest };

/** Bound by this process, or served by the one that has it bound, whose place is taken when it ends. undefined: another program holds it. C01 */
export async function openSharedPort(options: SharedPortOptions): Promise<SharedPort | undefined> {
  const { table, party, meeting } = options;
  const first = await takeRole(options).catch(() => undefined);
  if (first === undefined) return undefined;
  const goodbye = table.admit(party);
  const waiting = new Map<string, Expectation>();
  const over = new AbortController();
  let role = first;
  const holders = new Set<PortGuest>();
  let regaining = Promise.resolve();
  const announce = (digest: string, expectation: Expectation): void => {
    // As a guest too: the moment this process has the port, a redirect may come.
    table.expect(digest, expectation);
    if (role.kind === "guest") role.guest.expect(digest, expectation);
  };
  const regain = async (): Promise<void> => {
    const regained = await takeRoleAgain(options, over.signal);
    if (regained === undefined) return;
    role = regained;
    for (const [digest, expectation] of waiting) announce(digest, expectation);
    follow();
  };
  const follow = (): void => {
    if (role.kind !== "guest") return;
    // One that gives the port up may still have been given what is for us.
    holders.add(role.guest);
    void role.guest.over.then(() => (over.signal.aborted ? undefined : (regaining = regain())));
  };
  follow();
  return {
    expect(state, expectation) {
      const digest = digestOf(state);
      const deliver: Expectation["deliver"] = (callback) => {
        table.forget(digest);
        if (waiting.delete(digest)) expectation.deliver(callback);
        else callback.finish({ unknown: true });
      };
      const own: Expectation = { ...expectation, party, deliver };
      waiting.set(digest, own);
      announce(digest, own);
    },
    async close() {
      over.abort();
      await regaining;
      goodbye();
      for (const guest of holders) guest.leave();
      if (role.kind === "holder") await letGo(meeting, table, role);
    },
  };
}

/** At once, then less and less often; undefined: nobody waits any more. */
async function takeRoleAgain(options: SharedPortOptions, over: AbortSignal): Promise<Role | undefined> {
  for (let tries = 1; !over.aborted; tries += 1) {
    const role = await takeRole(options).catch(() => undefined);
    if (role !== undefined) return role;
    if (tries === 20) options.onLost();
    await sleep(Math.min(1_000, 10 * tries) * (0.5 + Math.random()));
  }
  return undefined;
}

/** For those who were guests of the one before: they try again within a fraction of a second. */
const gatheringMs = 2_000;

/** Under a lock of its own, so that a port that is taken and serves nobody is another program's. */
function takeRole({ meeting, port, table, bind }: SharedPortOptions): Promise<Role | undefined> {
  return withLock({ file: meeting.lockFile, waitMs: 10_000, subject: `The callback port ${String(port)}` }, async () => {
    const servers = await bind();
    if (servers !== undefined) {
      table.gather(gatheringMs);
      return { kind: "holder", servers, share: await servePort(meeting.socket, table).catch(() => undefined) };
    }
    const guest = await joinPort(meeting.socket);
    return guest === undefined ? undefined : { kind: "guest", guest };
  });
}

/**
 * Under the lock, because the next holder makes a socket of its own, which must not be taken for this one. Redirects that are on their way when the port is given up still reach
 * whoever expects them. C01
 */
async function letGo(meeting: PortMeeting, table: CallbackTable, { servers, share }: Extract<Role, { kind: "holder" }>): Promise<void> {
  await table.gathered();
  await share?.settle();
  let over: Promise<unknown> | undefined;
  const stop = async (): Promise<void> => {
    // Behind this stand those who have connected already: the system resets what is not accepted when a listener closes.
    await nextTurn();
    share?.retire();
    over = closeServers(servers, share?.settle);
  };
  await withLock({ file: meeting.lockFile, waitMs: 2_000, subject: "The callback port" }, stop).catch(() => (over === undefined ? stop() : undefined));
  await over;
  share?.close();
}

/** A page still being sent, or that `settle` waits for, gets its moment; a browser that holds its connection open does not hold us. */
export async function closeServers(servers: readonly Server[], settle: () => Promise<void> = async () => undefined): Promise<void> {
  const late = sleep(500, undefined, { ref: false }).then(settle).then(() => sleep(50, undefined, { ref: false }));
  await Promise.all(servers.map((server) => new Promise<void>((done) => {
    server.close(() => done());
    server.closeIdleConnections();
    void late.then(() => server.closeAllConnections());
  })));
}
