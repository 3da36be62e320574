import type { ProgramResult, RunningProgram } from "../rig/program.ts";
import { waitUntil } from "../rig/wait.ts";
import { openWalk, type Walk } from "../rig/walk.ts";
import type { AuthorizationServer, AuthorizationServerOptions } from "../servers/authorization-server.ts";
import type { ResourceServer } from "../servers/resource-server.ts";
import { freePort } from "../rig/free-port.ts";

export interface Scene {
  readonly walk: Walk;
  readonly issuer: AuthorizationServer;
  readonly server: ResourceServer;
}

/** With a callback port of its own, so that nothing else on this machine makes them register for another one; `oauth` replaces it. */
export async function scene(options: AuthorizationServerOptions = {}, oauth?: object): Promise<Scene> {
  const walk = await openWalk();
  const issuer = await walk.issuer(options);
  const server = await walk.resource({ trusts: issuer });
  await walk.configure({ example: { type: "remote", url: server.url, oauth: oauth ?? { callbackPort: await freePort() } } });
  return { walk, issuer, server };
}

/** What browsers and the program asked of the issuer: registrations, pages opened, codes exchanged. */
export function asked({ ledger }: Walk): { registered: number; opened: number; exchanged: number } {
  const opened = ledger.find({ path: "/authorize" }).filter(({ headers }) => headers["user-agent"]?.startsWith("mcpass") !== true).length;
  return { registered: ledger.count({ path: "/register" }), opened, exchanged: ledger.count({ path: "/token" }) };
}

export const address = /^http\S+authorize\S+$/m;
export const follows = /Another mcpass \(process (\d+)\) is signing in to example; the address is the same:\n(http\S+)/;

/** Starts a sign-in whose person has the browser page open and has not come back from it: the redirect is held. */
export async function startHeld(walk: Walk, args: readonly string[] = []): Promise<{ leader: RunningProgram; redirect: string }> {
  const browser = walk.browser({ hold: true });
  const leader = walk.start(["auth", "example", ...args], { browser });
  return { leader, redirect: await browser.heldUrl() };
}

/** One that waits for another; its own browser would approve at once, if it opened one. */
export async function startFollower(walk: Walk, args: readonly string[] = []): Promise<RunningProgram> {
  const program = walk.start(["auth", "example", ...args], { browser: walk.browser() });
  await program.waitFor(follows);
  return program;
}

/** The person's browser goes where it was sent; it may be that nobody listens for a moment. */
export async function comeBack(redirect: string): Promise<{ status: number; body: string }> {
  const answer = await waitUntil(() => fetch(redirect).catch(() => undefined), `somebody to listen at ${new URL(redirect).origin}`);
  return { status: answer.status, body: await answer.text() };
}

export const codes = async (...programs: readonly RunningProgram[]): Promise<(number | null)[]> => (await Promise.all(programs.map(({ ended }) => ended))).map(({ exitCode }: ProgramResult) => exitCode);
