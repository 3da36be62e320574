import type { AuthorizationNotice } from "../access/sign-in-types.ts";
import { McpassError } from "../base/errors.ts";
import { shellWord } from "../base/shell-word.ts";
import type { ManagerSignIn } from "./sign-in-verified.ts";

export type AddressListener = (notice: AuthorizationNotice) => void;

/** One sign-in of one account that waits in the background. Nothing that rejects in it goes unhandled. */
export interface Attempt {
  readonly account: string;
  /** What whoever began it wants opened is opened by the sign-in itself. */
  readonly opensItself: boolean;
  /** As of now; another one where the issuer refused the first way of asking. */
  address(): AuthorizationNotice | undefined;
  /** Settles with the first address, or when it ended without one; rejects with what it failed for. */
  readonly begun: Promise<void>;
  readonly result: Promise<ManagerSignIn>;
  /** Hears every address, the one there is at once. */
  onAddress(listener: AddressListener): () => void;
  /** With what came back. */
  finish(redirect: string): Promise<ManagerSignIn>;
  /** Settles when nothing of it is left in this process; with `forget` nothing that another process could finish either. */
  cancel(options: { readonly forget: boolean }): Promise<void>;
}

/** What the two ways of waiting have in common. */
export interface Addresses {
  readonly latest: () => AuthorizationNotice | undefined;
  readonly begun: (result: Promise<unknown>) => Promise<void>;
  readonly onAddress: Attempt["onAddress"];
  readonly show: AddressListener;
}

export function createAddresses(): Addresses {
  const listeners = new Set<AddressListener>();
  let latest: AuthorizationNotice | undefined;
  return {
    latest: () => latest,
    begun: (result) => {
      const begun = new Promise<void>((resolve, reject) => {
        listeners.add(() => resolve());
        if (latest !== undefined) resolve();
        result.then(() => resolve(), reject);
      });
      begun.catch(() => undefined);
      return begun;
    },
    onAddress: (listener) => {
      listeners.add(listener);
      if (latest !== undefined) listener(latest);
      return () => void listeners.delete(listener);
    },
    show: (notice) => {
      latest = notice;
      for (const listener of [...listeners]) listener(notice);
    },
  };
}

/** The `state` that its redirect carries; empty where nothing comes back. RFC 6749 §4.1.1 */
export function stateOf(notice: AuthorizationNotice | undefined): string {
  return notice === undefined || notice.device !== undefined ? "" : (new URL(notice.url).searchParams.get("state") ?? "");
}

/** Texts for whoever waits for them, until `end`. */
export interface Pastes extends AsyncIterable<string> {
  push(text: string): void;
  end(): void;
}

export function createPastes(): Pastes {
  const texts: (string | undefined)[] = [];
  let wake = (): void => undefined;
  const put = (text: string | undefined): void => (texts.push(text), wake());
  return {
    push: put,
    end: () => put(undefined),
    async *[Symbol.asyncIterator]() {
      for (;;) {
        while (texts.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        const text = texts.shift();
        if (text === undefined) return;
        yield text;
      }
    },
  };
}

export function anotherAddress(server: string): McpassError {
  return new McpassError("authorization_refused", `What came back could not finish the sign-in to ${server}; it goes on with another address.`, { hint: `Begin it again to be given that address, or run: mcpass auth ${shellWord(server)}`, details: { server } });
}
