import { findMcpassError, McpassError } from "../../base/errors.ts";
import { shellWord } from "../../base/shell-word.ts";
import type { AuthorizationNotice, SignInOptions } from "../../access/sign-in-types.ts";
import { nextStep } from "../../connection/next-step.ts";
import { manyMayListen, orCancelled } from "../../connection/deadline.ts";

export interface GateOptions {
  readonly server: string;
  /** One sign-in, in its turn among all processes. */
  readonly signIn: (options: SignInOptions) => Promise<unknown>;
  /** Tells of grants that other processes obtain; settles with what ends it. */
  readonly watch: (onGrant: () => void) => Promise<() => void>;
  /** The browser may be opened without anybody having asked for it here. */
  readonly open: boolean;
  readonly timeoutMs: number | undefined;
  /** For a person, on standard error. */
  readonly say: (text: string) => void;
  /** It can be tried again: somebody signed in, here or elsewhere. */
  readonly onSignedIn: () => void;
  readonly signal: AbortSignal;
}

/** Whether the server waits for a person, and what that person is to open. It never keeps anybody waiting by itself. */
export interface SignInGate {
  /** What the server said when it wanted a sign-in; undefined while nothing is known against it. */
  readonly needed: McpassError | undefined;
  /** The server wants one. The first time somebody is told, and with `open` the browser is opened, in one process of all that wait. */
  require(error: McpassError): void;
  /** The address to open, from a sign-in that goes on in the background. Throws what stops it: `registration_unavailable`, `discovery_failed` and their like. */
  link(): Promise<AuthorizationNotice>;
  /** Settles when somebody has signed in. Rejects with the signal's reason. */
  readonly signedIn: (signal: AbortSignal) => Promise<void>;
}

/** Errors after which a person has to sign in. */
const wanting: ReadonlySet<string> = new Set(["sign_in_required", "issuer_changed", "grant_ended", "scope_insufficient", "registration_unavailable", "token_rejected"]);

export function needsSignIn(thrown: unknown): McpassError | undefined {
  const error = findMcpassError(thrown);
  return error !== undefined && wanting.has(error.code) ? error : undefined;
}

export function createSignInGate(options: GateOptions): SignInGate {
  return new Gate(options);
}

class Gate implements SignInGate {
  readonly #options: GateOptions;
  readonly #waiting = new Set<() => void>();
  #needed: McpassError | undefined;
  #begun: Promise<AuthorizationNotice> | undefined;
  #watching: Promise<(() => void) | undefined> | undefined;

  constructor(options: GateOptions) {
    this.#options = options;
    manyMayListen(options.signal);
  }

  get needed(): McpassError | undefined {
    return this.#needed;
  }

  require(wanted: McpassError): void {
    const { server, say, open, watch } = this.#options;
    const first = this.#needed === undefined;
    this.#needed = wanted;
    this.#watching ??= watch(() => this.#arrived()).catch(() => undefined);
    if (!first) return;
    say(`${wanted.message} Next: ${nextStep(server, wanted) ?? `mcpass auth ${shellWord(server)}`}`);
    if (open && wanted.code !== "registration_unavailable") this.#begin(true).catch(() => undefined);
  }

  link(): Promise<AuthorizationNotice> {
    return this.#begin(false);
  }

  readonly signedIn = async (signal: AbortSignal): Promise<void> => {
    if (this.#needed === undefined) return;
    let done = (): void => {};
    const arrival = new Promise<void>((resolve) => (done = resolve));
    this.#waiting.add(done);
    try {
      await orCancelled(arrival, signal);
    } finally {
      this.#waiting.delete(done);
    }
  };

  #arrived(): void {
    if (this.#needed === undefined) return;
    const { server, say, onSignedIn } = this.#options;
    this.#needed = undefined;
    void this.#watching?.then((stop) => stop?.());
    this.#watching = undefined;
    say(`Signed in to ${server}.`);
    onSignedIn();
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  #begin(openBrowser: boolean): Promise<AuthorizationNotice> {
    this.#begun ??= this.#start(openBrowser);
    return this.#begun;
  }

  /** A sign-in that waits in the background: this process leads it, or follows another one. Settles with the first address. */
  async #start(openBrowser: boolean): Promise<AuthorizationNotice> {
    const { server, signIn, timeoutMs, say, signal } = this.#options;
    let latest: AuthorizationNotice | undefined;
    let shown = (_notice: AuthorizationNotice): void => {};
    const address = new Promise<AuthorizationNotice>((resolve) => (shown = resolve));
    const onAuthorization = (notice: AuthorizationNotice): void => {
      if (notice.url !== latest?.url) say(`${openBrowser && notice.ledBy === undefined ? "Opening the browser to sign in" : "To sign in"} to ${server}: ${notice.url}`);
      latest = notice;
      shown(notice);
    };
    const over = this.#finish(signIn({ openBrowser, timeoutMs, signal, onAuthorization, onNotice: say }));
    over.catch(() => undefined);
    return Promise.race([address, over]);
  }

  /** Never gives a value: who waits for an address learns why there is none. */
  async #finish(signIn: Promise<unknown>): Promise<never> {
    const { server, say, signal } = this.#options;
    try {
      await signIn;
    } catch (thrown) {
      const error = findMcpassError(thrown) ?? new McpassError("internal", `The sign-in to ${server} failed.`, { cause: thrown });
      if (!signal.aborted) say(`${error.message}${error.hint === undefined ? "" : ` Next: ${error.hint}`}`);
      throw error;
    } finally {
      this.#begun = undefined;
    }
    this.#arrived();
    throw new McpassError("cancelled", `${server} is signed in to.`);
  }
}
