import { findMcpassError, McpassError } from "../base/errors.ts";
import { anotherAddress, type Attempt, createAddresses, createPastes } from "./attempt.ts";
import { orCancelled } from "./deadline.ts";
import type { ManagerSignIn } from "./sign-in-verified.ts";
import type { StandingParts } from "./standing.ts";
import type { StartAuthOptions } from "./manager-types.ts";

export interface AttemptRequest extends StartAuthOptions {
  readonly server: string;
  readonly account: string;
  /** It is the server's own account: what is known of the server is known of it. */
  readonly own: boolean;
  /** Whoever begins it wants it opened. */
  readonly opens: boolean;
  /** Runs when the person has signed in, before anybody who waits goes on. */
  readonly onSignedIn: () => Promise<void>;
  readonly onFailure: (error: McpassError) => void;
}

/** The whole sign-in, as a command runs it: its own listener, its turn among processes, its record in the vault, and its browser. */
export function beginInBackground({ core, shared }: StandingParts, request: AttemptRequest): Attempt {
  const { server, account, onSignedIn, onFailure } = request;
  const addresses = createAddresses();
  const controller = new AbortController();
  const pastes = createPastes();
  const refusals = new Set<(error: McpassError) => void>();
  const signIn = core.signIn(server, {
    ...wishOf(request),
    openBrowser: request.opens,
    signal: controller.signal,
    pasted: pastes,
    onAuthorization: addresses.show,
    onPasteRefused: (error) => refusals.forEach((refuse) => refuse(error)),
    onNotice: (message) => shared.events.emit({ type: "warning", server, at: shared.runtime.now(), message }),
  });
  const over = signIn.then(() => undefined, () => undefined).finally(() => pastes.end());
  const result = settled(orCancelled(signIn, controller.signal), { server, onSignedIn, onFailure });
  return {
    account,
    opensItself: true,
    address: addresses.latest,
    begun: addresses.begun(result),
    result,
    onAddress: addresses.onAddress,
    finish: async (redirect) => {
      const before = addresses.latest()?.url;
      const stops: (() => void)[] = [];
      const otherwise = new Promise<never>((_, reject) => {
        refusals.add(reject);
        stops.push(() => refusals.delete(reject), addresses.onAddress((notice) => notice.url === before || reject(anotherAddress(server))));
      });
      pastes.push(redirect);
      return Promise.race([result, otherwise]).finally(() => stops.forEach((stop) => stop()));
    },
    cancel: async () => {
      controller.abort(new McpassError("cancelled", `The sign-in to ${server} was cancelled; nothing was changed.`));
      await over;
    },
  };
}

export function wishOf({ own, account, scope, force, device, timeoutMs }: AttemptRequest): StartAuthOptions {
  return { ...(own ? {} : { account }), ...(scope === undefined ? {} : { scope }), ...(force === undefined ? {} : { force }), ...(device === undefined ? {} : { device }), ...(timeoutMs === undefined ? {} : { timeoutMs }) };
}

/** What follows from how it ended comes before anybody hears of it. */
export function settled(signIn: Promise<ManagerSignIn>, { server, onSignedIn, onFailure }: Pick<AttemptRequest, "server" | "onSignedIn" | "onFailure">): Promise<ManagerSignIn> {
  const result = signIn.then(
    async (done) => {
      await onSignedIn();
      return done;
    },
    (thrown: unknown) => {
      const error = findMcpassError(thrown) ?? new McpassError("internal", `The sign-in to ${server} failed.`, { cause: thrown });
      onFailure(error);
      throw error;
    },
  );
  result.catch(() => undefined);
  return result;
}
